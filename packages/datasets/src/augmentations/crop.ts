import { refuseOthers, ShapeError } from '@normlab/errors';
import type { RandomStream } from '@normlab/random';
import { checkInteger } from '../checkNumber.js';
import { checkImage, type Image } from '../image.js';

export type CropOptions = {
  /** Height and width of the square to cut out. */
  readonly size: number;
};

/**
 * Cuts out a square at a random place, all places equally likely.
 *
 * Draws: the top row and the left column (one integer each).
 *
 * @throws OptionError unless size is an integer ≥ 1; ShapeError if the image is smaller than the square, or has more or
 *   fewer values than its shape says
 */
export function randomCrop(image: Image, stream: RandomStream, { size, ...others }: CropOptions): Image {
  refuseOthers('randomCrop', others, ['size']);
  checkArguments('randomCrop', image, size);
  const [height, width] = image.shape;
  const top = stream.integer(height - size + 1);
  const left = stream.integer(width - size + 1);
  return cut(image, top, left, size);
}

/**
 * Cuts out the middle square; if the margin is odd, the smaller half is above and to the left.
 *
 * @throws OptionError unless size is an integer ≥ 1; ShapeError if the image is smaller than the square, or has more or
 *   fewer values than its shape says
 */
export function centralCrop(image: Image, { size, ...others }: CropOptions): Image {
  refuseOthers('centralCrop', others, ['size']);
  checkArguments('centralCrop', image, size);
  const [height, width] = image.shape;
  return cut(image, Math.floor((height - size) / 2), Math.floor((width - size) / 2), size);
}

/** @throws ShapeError unless a square of this size fits into images of this shape */
export function checkCrop(where: string, shape: Image['shape'], size: number): void {
  const [height, width] = shape;
  if (!(height >= size && width >= size)) {
    throw new ShapeError({
      where,
      what: 'image',
      rule: `have a height and a width of at least ${size}`,
      got: shape,
      hint: `any size from ${size}×${size} up can be cropped`,
    });
  }
}

function checkArguments(where: string, image: Image, size: number): void {
  checkInteger(where, 'size', size, 1);
  checkImage(where, 'image', image);
  checkCrop(where, image.shape, size);
}

function cut({ values, shape }: Image, top: number, left: number, size: number): Image {
  const rowLength = shape[1] * 3;
  const cropped = new Float32Array(size * size * 3);
  for (let row = 0; row < size; row++) {
    const start = (top + row) * rowLength + left * 3;
    cropped.set(values.subarray(start, start + size * 3), row * size * 3);
  }
  return { values: cropped, shape: [size, size, 3] };
}
