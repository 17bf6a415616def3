import { refuseOthers } from '@normlab/errors';
import type { Image } from '../image.js';

export type PadOptions = {
  /** Pixels added on each of the four sides. */
  readonly margin: number;
};

/** Surrounds an image with zeros (black, if the values are still 0 … 255). */
export function pad({ values, shape }: Image, { margin, ...others }: PadOptions): Image {
  refuseOthers('pad', others, ['margin']);
  const [height, width] = shape;
  const [paddedHeight, paddedWidth] = [height + 2 * margin, width + 2 * margin];
  const padded = new Float32Array(paddedHeight * paddedWidth * 3);
  for (let row = 0; row < height; row++) {
    const start = row * width * 3;
    padded.set(values.subarray(start, start + width * 3), ((row + margin) * paddedWidth + margin) * 3);
  }
  return { values: padded, shape: [paddedHeight, paddedWidth, 3] };
}
