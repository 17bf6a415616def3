import type { Dataset } from './dataset.js';

/** One colour image as numbers: the input and output of augmentations. */
export type Image = {
  /** H·W·3 values, channels last; 0 … 255 until a pipeline normalizes them. */
  readonly values: Float32Array;
  /** [H, W, 3] */
  readonly shape: readonly [number, number, 3];
};

/** Image `index` of a data set, its bytes as numbers 0 … 255; a copy. */
export function imageAt({ images, shape }: Dataset, index: number): Image {
  const length = shape[0] * shape[1] * shape[2];
  return { values: new Float32Array(images.subarray(index * length, (index + 1) * length)), shape };
}
