import { BackendError } from '@normlab/errors';
import type { TensorInfo } from '@tensorflow/tfjs-core';

/**
 * Checks that a gradient kernel's dy has the shape of the output, as its other arguments give it.
 *
 * tfjs's gradients of 2D convolutions and pools do not pass `dimRoundingMode` on, and `conv2dTranspose` does not compare
 * the shape that it is given: a kernel would read past dy, or take its rows for others.
 *
 * @throws BackendError
 */
export function checkSlope(where: string, { shape }: TensorInfo, outShape: readonly number[]): void {
  if (shape.length === outShape.length && shape.every((size, axis) => size === outShape[axis])) return;
  throw new BackendError({
    where,
    what: 'the gradient of the output',
    rule: `have the shape [${outShape}] that follows from the other arguments`,
    got: shape,
    hint: 'in 2D, tfjs has no gradient for a dimRoundingMode that adds a window; of conv2dTranspose, outputShape does not fit',
  });
}
