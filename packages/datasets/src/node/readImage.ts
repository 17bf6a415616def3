import { DataError, OptionError, refuseOthers } from '@normlab/errors';
import type { Image } from '../image.js';
import { decodeImage, type ImageShape } from './decodeImage.js';

/** The most pixels of an image, before and after scaling: more than any camera takes. */
const mostPixels = 2 ** 28;

export type ReadImageOptions = {
  /** The shape to scale the image to: [H, W, 3]. */
  readonly shape: ImageShape;
};

/** A single image for a network. */
export type ReadImage = Image & {
  /** The shape in the file; other than the image's if it was scaled. */
  readonly original: ImageShape;
};

/**
 * Reads a JPEG or PNG file as an image of a given shape, values 0 to 255.
 *
 * An image of another size is scaled to cover the shape, and its middle is taken. It is scaled down by Lanczos's filter
 * (a = 3; a much larger JPEG is first reduced while it is decoded) and up by a cubic filter (Catmull–Rom). Transparency
 * is dropped before the scaling: transparent pixels keep their colours, as in `imageFolder`.
 *
 * @throws OptionError unless the shape is [H, W, 3] with H, W ≥ 1 and at most 2²⁸ pixels; DataError if the file is
 *   neither JPEG nor PNG, is damaged, or has more than 2²⁸ pixels
 * @example
 * ```ts
 * const image = await readImage('photo.jpg', { shape: [32, 32, 3] });
 * ```
 */
export async function readImage(file: string, { shape, ...others }: ReadImageOptions): Promise<ReadImage> {
  refuseOthers('readImage', others, ['shape']);
  checkShape(shape);
  const [height, width] = shape;
  let original = shape;
  const checkFound = (found: ImageShape): void => {
    original = found;
    if (found[0] * found[1] <= mostPixels) return;
    const rule = `have at most ${mostPixels} pixels`;
    throw new DataError({ where: 'readImage', what: file, rule, got: found, file });
  };
  const { pixels } = await decodeImage('readImage', file, checkFound, { height, width });
  return { values: Float32Array.from(pixels), shape, original };
}

function checkShape(shape: ImageShape): void {
  const [height = 0, width = 0, channels] = Array.from<number>(shape ?? []);
  const isWhole = [height, width].every((size) => Number.isInteger(size) && size >= 1);
  if (shape?.length === 3 && isWhole && channels === 3 && height * width <= mostPixels) return;
  const rule = `be [H, W, 3] with H, W ≥ 1 and at most ${mostPixels} pixels`;
  throw new OptionError({ where: 'readImage', what: 'shape', rule, got: shape });
}
