import { fusedKernel } from '@normlab/kernels';
import { type Scalar, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { addAll } from './addAll.js';

/** The sum of all entries of all tensors: finite if each of them is, unless it overflows. */
export function totalOf(tensors: readonly Tensor[]): Scalar {
  const total = fusedKernel('NormlabTotal');
  if (total === undefined) return tidy(() => addAll(tensors.map((each) => sum<Scalar>(each))));
  return total(Object.fromEntries(tensors.map((each, i) => [i, each])))[0] as Scalar;
}
