import { ShapeError } from '@normlab/errors';
import { checkInteger } from './checkNumber.js';
import { countImages } from './countImages.js';
import type { Dataset } from './dataset.js';

/** One colour image as numbers: the input and output of augmentations. */
export type Image = {
  /** H·W·3 values, channels last; 0 … 255 until a pipeline normalizes them. */
  readonly values: Float32Array;
  /** [H, W, 3] */
  readonly shape: readonly [number, number, 3];
};

/**
 * Image `index` of a data set, its bytes as numbers 0 … 255; a copy.
 *
 * @throws OptionError unless the data set has an image with this index; ShapeError if the data set's parts do not fit
 *   together
 */
export function imageAt(dataset: Dataset, index: number): Image {
  checkInteger('imageAt', 'index', index, 0, countImages('imageAt', dataset) - 1);
  const { images, shape } = dataset;
  const length = shape[0] * shape[1] * shape[2];
  return { values: new Float32Array(images.subarray(index * length, (index + 1) * length)), shape };
}

/** @throws ShapeError unless the image has as many values as its shape says */
export function checkImage(where: string, what: string, { values, shape }: Image): void {
  const expected = shape[0] * shape[1] * shape[2];
  if (values.length === expected) return;
  const rule = `hold ${expected} values, as its shape [${shape.join(', ')}] says`;
  throw new ShapeError({ where, what, rule, got: values.length });
}
