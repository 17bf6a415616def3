import { addN, type Tensor, tidy } from '@tensorflow/tfjs-core';

/**
 * WebGPU's default `maxStorageBuffersPerShaderStage` is 8, and one of the buffers holds the result.
 *
 * From: WebGPU, W3C, section 3.6.2 "Limits".
 */
const mostTerms = 7;

/**
 * Σ tᵢ of one or more tensors of the same shape, added in the given order.
 *
 * tfjs's WebGPU backend binds every term of `addN` to one shader. With more terms than a device allows buffers, the
 * device drops all commands of that submission, and the results stay 0. So `addN` gets at most 7 terms at a time.
 */
export function addAll<T extends Tensor>(terms: readonly T[]): T {
  return tidy(() => {
    let total = addN(terms.slice(0, mostTerms));
    for (let from = mostTerms; from < terms.length; from += mostTerms - 1) {
      total = addN([total, ...terms.slice(from, from + mostTerms - 1)]);
    }
    return total;
  });
}
