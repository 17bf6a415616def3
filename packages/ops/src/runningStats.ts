import { add, mul, type Tensor1D } from '@tensorflow/tfjs-core';
import { withoutGradient } from './withGradient.js';

/** The running mean and (biased) variance of each channel, both [C]; they carry no gradient. */
export type RunningStats = {
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
};

/** `decay · old + (1 − decay) · batch`, for mean and variance; two new tensors. */
export function moveStats(old: RunningStats, batch: RunningStats, decay: number): RunningStats {
  const moved = (kept: Tensor1D, fresh: Tensor1D) =>
    withoutGradient<Tensor1D>(() => add(mul(kept, decay), mul(fresh, 1 - decay)));
  return { mean: moved(old.mean, batch.mean), variance: moved(old.variance, batch.variance) };
}
