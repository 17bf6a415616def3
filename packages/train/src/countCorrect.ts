import { fusedKernel } from '@normlab/kernels';
import { argMax, cast, equal, type Scalar, sum, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';

/** How many rows of the logits have their largest entry, the first of equal ones, at their label. */
export function countCorrect(logits: Tensor2D, labels: Tensor1D): Scalar {
  const fused = fusedKernel('NormlabCountCorrect');
  if (fused === undefined) return sum(cast(equal(argMax(logits, 1), labels), 'float32'));
  return fused({ logits, labels })[0] as Scalar;
}
