import { refuseOthers } from '@normlab/errors';
import { checkInteger } from '../checkNumber.js';
import { checkImage, type Image } from '../image.js';

export type PadOptions = {
  /** Pixels added on each of the four sides. */
  readonly margin: number;
};

/**
 * Surrounds an image with zeros (black, if the values are still 0 … 255).
 *
 * @throws OptionError unless margin is an integer ≥ 0; ShapeError if the image has more or fewer values than its shape
 *   says
 */
export function pad(image: Image, { margin, ...others }: PadOptions): Image {
  refuseOthers('pad', others, ['margin']);
  checkInteger('pad', 'margin', margin, 0);
  checkImage('pad', 'image', image);
  const { values, shape } = image;
  const [height, width] = shape;
  const [paddedHeight, paddedWidth] = [height + 2 * margin, width + 2 * margin];
  const padded = new Float32Array(paddedHeight * paddedWidth * 3);
  for (let row = 0; row < height; row++) {
    const start = row * width * 3;
    padded.set(values.subarray(start, start + width * 3), ((row + margin) * paddedWidth + margin) * 3);
  }
  return { values: padded, shape: [paddedHeight, paddedWidth, 3] };
}
