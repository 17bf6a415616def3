import { join } from 'node:path';
import { DataError } from '@normlab/errors';
import type { Dataset, SplitDataset } from '../dataset.js';
import { decodeImage, type ImageShape, imageShape } from './decodeImage.js';
import type { ImageFile, ImageListing } from './listImages.js';
import { mapConcurrently } from './mapConcurrently.js';

/** The largest data set that is loaded into memory, in bytes: 4 GiB. */
const mostBytes = 2 ** 32;

/**
 * Decodes all images of a listing; all must have the size of the first training image. The memory needed is computed
 * from the headers before the first image is decoded.
 */
export async function decodeImages(
  where: string,
  dir: string,
  listing: ImageListing,
  onImage: () => void,
): Promise<SplitDataset> {
  const first = join(dir, listing.train[0]!.path);
  const shape = await imageShape(where, first);
  const length = shape[0] * shape[1] * 3;
  const total = length * (listing.train.length + listing.test.length);
  if (total > mostBytes) {
    throw new DataError({
      where,
      what: dir,
      rule: `take at most ${mostBytes} bytes decoded`,
      got: total,
      hint: `its images have shape [${shape.join(', ')}]; scale them down first`,
      file: dir,
    });
  }
  // The others are compared with the first image, so its own faults are reported first.
  await decodeImage(where, first, () => {});
  const checkShape = (file: string) => (found: ImageShape) => {
    if (found[0] === shape[0] && found[1] === shape[1]) return;
    throw new DataError({
      where,
      what: file,
      rule: `have shape [${shape.join(', ')}], as ${first} has`,
      got: found,
      hint: 'all images of a data set must have one size',
      file,
    });
  };
  const decodePart = async (files: readonly ImageFile[]): Promise<Dataset> => {
    const images = new Uint8Array(files.length * length);
    await mapConcurrently(files, async ({ path }, index) => {
      const file = join(dir, path);
      const image = await decodeImage(where, file, checkShape(file));
      images.set(image.pixels, index * length);
      onImage();
    });
    return { images, labels: Uint8Array.from(files, ({ label }) => label), shape, classes: listing.classes };
  };
  return { train: await decodePart(listing.train), test: await decodePart(listing.test) };
}
