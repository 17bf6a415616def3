import { add, div, sqrt, type Tensor } from '@tensorflow/tfjs-core';

/**
 * 1 / √(variance + ε).
 *
 * Does not use `rsqrt`: its gradient uses a power, which WebGPU computes through logarithms with a relative error of
 * about 1e-6.
 */
export function inverseRoot<T extends Tensor>(variance: T, epsilon: number): T {
  return div<T>(1, sqrt(add(variance, epsilon)));
}
