import { ShapeError } from '@normlab/errors';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

/**
 * Fused kernels read logits as floats and labels as integers, without a look at their type or at the number of labels.
 *
 * @throws ShapeError unless the logits are [N, K] float32 and the labels [N] int32
 */
export function checkLogits(where: string, logits: Tensor2D, labels: Tensor1D): void {
  if (logits.rank !== 2 || labels.rank !== 1 || logits.shape[0] !== labels.shape[0]) {
    const rule = `have shape [N] beside logits of shape [N, K], here [${logits.shape}]`;
    throw new ShapeError({ where, what: 'labels', rule, got: labels.shape });
  }
  if (logits.dtype !== 'float32') {
    const hint = 'cast them first';
    throw new ShapeError({ where, what: 'logits', rule: 'have dtype float32', got: logits.dtype, hint });
  }
  if (labels.dtype !== 'int32') {
    const hint = "make them by tensor1d(labels, 'int32')";
    throw new ShapeError({ where, what: 'labels', rule: 'have dtype int32', got: labels.dtype, hint });
  }
}
