import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { BatchNormTrainOptions } from './batchNormTrain.js';
import { checkDecay, checkEpsilon, checkOptions, checkStats, checkTensor } from './checkArguments.js';
import type { RunningStats } from './runningStats.js';
import { trainedBatchNorm } from './trainedBatchNorm.js';

/**
 * Constant batch norm BN₁,₀ with the statistics of the batch: batch norm with γ fixed at 1 and β at 0.
 *
 * `y = (x − μ) / √(σ² + ε)`, μ and σ² per channel over all axes but the last; running statistics
 * `decay · old + (1 − decay) · batch`.
 *
 * Shapes: x [N, …, C] of any rank ≥ 2; statistics [C]; y as x.
 *
 * Numerics, ownership: as `batchNormTrain`.
 *
 * Source: "Batch Normalization: Is Learning An Adaptive Gain and Bias Necessary?", ICMLC 2018, section 2.
 *
 * @throws ShapeError if x is not a live, non-empty float32 tensor of rank ≥ 2, or a statistic is not [C]
 * @throws OptionError if ε is negative or not finite, or decay is outside [0, 1], or an option or parameter is unknown
 *
 * @example
 * ```ts
 * const x = tensor2d([[1], [3]]);
 * const stats = { mean: tensor1d([0]), variance: tensor1d([1]) };
 * const { y, stats: next } = constantBatchNormTrain(x, stats, { epsilon: 0, decay: 0.5 });
 * // y = [[-1], [1]]
 * // next.mean = [1]
 * // next.variance = [1]
 * ```
 */
export function constantBatchNormTrain<T extends Tensor>(
  x: T,
  stats: RunningStats,
  { epsilon = 1e-5, decay = 0.9, ...others }: BatchNormTrainOptions = {},
): { y: T; stats: RunningStats } {
  const where = 'constantBatchNormTrain';
  checkOptions(where, others, ['epsilon', 'decay']);
  checkTensor(where, 'x', x, { minimumRank: 2 });
  checkStats(where, stats, { of: x, name: 'x' });
  checkEpsilon(where, epsilon);
  checkDecay(where, decay);
  return tidy(() => trainedBatchNorm(x, {}, stats, { epsilon, decay, activation: 'identity' }));
}
