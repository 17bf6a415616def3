import { ShapeError } from '@normlab/errors';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { checkDtype } from './checkDtype.js';

/**
 * Fused kernels read one label per row of logits, whatever the number of labels is.
 *
 * @throws ShapeError unless the logits are [N, K] float32 and the labels [N] int32
 */
export function checkLogits(where: string, logits: Tensor2D, labels: Tensor1D): void {
  if (logits.rank !== 2 || labels.rank !== 1 || logits.shape[0] !== labels.shape[0]) {
    const rule = `have shape [N] beside logits of shape [N, K], here [${logits.shape}]`;
    throw new ShapeError({ where, what: 'labels', rule, got: labels.shape });
  }
  checkDtype(where, 'logits', logits, 'float32', 'cast them first');
  checkDtype(where, 'labels', labels, 'int32', "make them by tensor1d(labels, 'int32')");
}
