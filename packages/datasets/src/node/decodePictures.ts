import { join } from 'node:path';
import { DataError } from '@normlab/errors';
import type { Dataset, SplitDataset } from '../dataset.js';
import { decodePicture, type PictureShape, pictureShape } from './decodePicture.js';
import type { PictureFile, PictureListing } from './listPictures.js';
import { mapConcurrently } from './mapConcurrently.js';

/** Bytes of the largest data set that is taken into memory: 4 GiB. */
const mostBytes = 2 ** 32;

/**
 * Decodes all pictures of a listing; the first training picture sets the size of all. What they take is known from
 * headers before the first is decoded.
 */
export async function decodePictures(
  where: string,
  dir: string,
  listing: PictureListing,
  onPicture: () => void,
): Promise<SplitDataset> {
  const first = join(dir, listing.train[0]!.path);
  const shape = await pictureShape(where, first);
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
  // The others are compared with the first, whose own faults come before theirs.
  await decodePicture(where, first, () => {});
  const checkShape = (file: string) => (found: PictureShape) => {
    if (found[0] === shape[0] && found[1] === shape[1]) return;
    throw new DataError({
      where,
      what: file,
      rule: `have shape [${shape.join(', ')}], as ${first} has`,
      got: found,
      hint: 'all pictures of a data set must have one size',
      file,
    });
  };
  const decodePart = async (files: readonly PictureFile[]): Promise<Dataset> => {
    const images = new Uint8Array(files.length * length);
    await mapConcurrently(files, async ({ path }, index) => {
      const file = join(dir, path);
      const picture = await decodePicture(where, file, checkShape(file));
      images.set(picture.pixels, index * length);
      onPicture();
    });
    return { images, labels: Uint8Array.from(files, ({ label }) => label), shape, classes: listing.classes };
  };
  return { train: await decodePart(listing.train), test: await decodePart(listing.test) };
}
