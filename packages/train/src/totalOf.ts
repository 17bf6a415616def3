import {
  engine,
  getBackend,
  getKernel,
  type NamedTensorMap,
  type Scalar,
  sum,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { addAll } from './addAll.js';

/**
 * Name of the fused kernel that {@link totalOf} runs where the active backend has it.
 *
 * Inputs: a list of float32 tensors; output: the sum of all their entries, a scalar.
 */
export const totalKernelName = 'NormlabTotal';

/** The sum of all entries of all tensors: finite if each of them is, unless it overflows. */
export function totalOf(tensors: readonly Tensor[]): Scalar {
  if (getKernel(totalKernelName, getBackend()) === undefined) {
    return tidy(() => addAll(tensors.map((each) => sum<Scalar>(each))));
  }
  const inputs: NamedTensorMap = Object.fromEntries(tensors.map((each, i) => [i, each]));
  return engine().runKernel<Scalar>(totalKernelName, inputs);
}
