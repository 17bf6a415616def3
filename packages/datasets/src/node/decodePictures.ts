import { join } from 'node:path';
import { DataError } from '@normlab/errors';
import type { Dataset, SplitDataset } from '../dataset.js';
import { decodePicture } from './decodePicture.js';
import type { PictureFile, PictureListing } from './listPictures.js';
import { mapConcurrently } from './mapConcurrently.js';

/** Bytes of the largest data set that is taken into memory: 4 GiB. */
const mostBytes = 2 ** 32;

/** Decodes all pictures of a listing; the first training picture sets the size of all. */
export async function decodePictures(
  where: string,
  dir: string,
  listing: PictureListing,
  onPicture: () => void,
): Promise<SplitDataset> {
  const first = join(dir, listing.train[0]!.path);
  const { shape } = await decodePicture(where, first);
  const length = shape[0] * shape[1] * 3;
  const total = length * (listing.train.length + listing.test.length);
  if (total > mostBytes) {
    throw new DataError({
      where,
      what: dir,
      rule: `take at most ${mostBytes} bytes decoded`,
      got: total,
      hint: `its pictures have shape [${shape.join(', ')}]; scale them down first`,
      file: dir,
    });
  }
  const decodePart = async (files: readonly PictureFile[]): Promise<Dataset> => {
    const images = new Uint8Array(files.length * length);
    await mapConcurrently(files, async ({ path }, index) => {
      const file = join(dir, path);
      const picture = await decodePicture(where, file);
      if (picture.shape[0] !== shape[0] || picture.shape[1] !== shape[1]) {
        throw new DataError({
          where,
          what: file,
          rule: `have shape [${shape.join(', ')}], as ${first} has`,
          got: picture.shape,
          hint: 'all pictures of a data set must have one size',
          file,
        });
      }
      images.set(picture.pixels, index * length);
      onPicture();
    });
    return { images, labels: Uint8Array.from(files, ({ label }) => label), shape, classes: listing.classes };
  };
  return { train: await decodePart(listing.train), test: await decodePart(listing.test) };
}
