import { add, div, sqrt, type Tensor } from '@tensorflow/tfjs-core';

/**
 * 1 / √(variance + ε).
 *
 * Not by `rsqrt`: its gradient takes a power, which WebGPU computes through logarithms, to some 1e-6 only.
 */
export function inverseRoot<T extends Tensor>(variance: T, epsilon: number): T {
  return div<T>(1, sqrt(add(variance, epsilon)));
}
