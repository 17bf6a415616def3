import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { type BatchNormInferOptions, inferredBatchNorm } from './batchNormInfer.js';
import { checkEpsilon, checkOptions, checkStats, checkTensor } from './checkArguments.js';
import type { RunningStats } from './runningStats.js';

/**
 * Constant batch norm BN₁,₀ with the running statistics, for inference.
 *
 * `y = (x − μ) / √(σ² + ε)`, μ and σ² the running statistics.
 *
 * Shapes: x [N, …, C] of any rank ≥ 2; statistics [C]; y as x.
 *
 * Numerics, ownership: as `batchNormInfer`.
 *
 * Source: "Batch Normalization: Is Learning An Adaptive Gain and Bias Necessary?", ICMLC 2018, section 2.
 *
 * @throws ShapeError if x is not a live, non-empty float32 tensor of rank ≥ 2, or a statistic is not [C]
 * @throws OptionError if ε is negative or not finite, or an option or parameter is unknown
 *
 * @example
 * ```ts
 * const stats = { mean: tensor1d([1]), variance: tensor1d([4]) };
 * const y = constantBatchNormInfer(tensor2d([[3], [5]]), stats, { epsilon: 0 });
 * // y = [[1], [2]]
 * ```
 */
export function constantBatchNormInfer<T extends Tensor>(
  x: T,
  stats: RunningStats,
  { epsilon = 1e-5, ...others }: BatchNormInferOptions = {},
): T {
  const where = 'constantBatchNormInfer';
  checkOptions(where, others, ['epsilon']);
  checkTensor(where, 'x', x, { minimumRank: 2 });
  checkStats(where, stats, { of: x, name: 'x' });
  checkEpsilon(where, epsilon);
  return tidy(() => inferredBatchNorm(x, {}, stats, epsilon));
}
