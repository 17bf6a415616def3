import { fusedKernel } from '@normlab/kernels';
import { argMax, cast, equal, type Scalar, sum, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { checkLogits } from './checkLogits.js';

/**
 * How many rows of the logits have their largest entry, the first of equal ones, at their label.
 *
 * @throws ShapeError unless the logits are [N, K] float32 and the labels [N] int32
 */
export function countCorrect(logits: Tensor2D, labels: Tensor1D): Scalar {
  checkLogits('lossAndGradients', logits, labels);
  const fused = fusedKernel('NormlabCountCorrect');
  if (fused === undefined) return sum(cast(equal(argMax(logits, 1), labels), 'float32'));
  return fused({ logits, labels })[0] as Scalar;
}
