import { clone, mul, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { AffineParams } from './affineParams.js';
import { byRows } from './byRows.js';
import { checkAffine, checkEpsilon, checkOptions, checkStats, checkTensor } from './checkArguments.js';
import { inverseRoot } from './inverseRoot.js';
import type { RunningStats } from './runningStats.js';
import { scaleAndOffset } from './scaleAndOffset.js';
import { withoutGradient } from './withGradient.js';

/** Options of {@link batchNormInfer}. */
export type BatchNormInferOptions = {
  /** ε, added to the variance under the root; 1e-5 by default. */
  readonly epsilon?: number;
};

/**
 * Batch norm with the running statistics, for inference.
 *
 * `y = γ · (x − μ) / √(σ² + ε) + β`, μ and σ² the running statistics. With δ the gradient of y:
 * `dx = δ · γ / √(σ² + ε)`, `dγ = Σ δ · x̂`, `dβ = Σ δ`.
 *
 * Shapes: x [N, …, C] of any rank ≥ 2; scale, offset and statistics [C]; y as x.
 *
 * Numerics: the mean is subtracted first, so a large mean costs no precision. The statistics are constants: no
 * gradient flows to them.
 *
 * Ownership: inputs are neither disposed nor returned; y belongs to the caller.
 *
 * Source: Ioffe & Szegedy 2015, Algorithm 2, line 11 (before its rearrangement).
 *
 * @param params a scale or offset that is left out is fixed at 1 or 0
 * @throws ShapeError if x is not a live, non-empty float32 tensor of rank ≥ 2, or a parameter or statistic is not [C]
 * @throws OptionError if ε is negative or not finite, or an option or parameter is unknown
 *
 * @example
 * ```ts
 * const stats = { mean: tensor1d([1]), variance: tensor1d([4]) };
 * const y = batchNormInfer(tensor2d([[3], [5]]), { offset: tensor1d([10]) }, stats, { epsilon: 0 });
 * // y = [[11], [12]]
 * ```
 */
export function batchNormInfer<T extends Tensor>(
  x: T,
  params: AffineParams,
  stats: RunningStats,
  { epsilon = 1e-5, ...others }: BatchNormInferOptions = {},
): T {
  const where = 'batchNormInfer';
  checkOptions(where, others, ['epsilon']);
  checkTensor(where, 'x', x, { minimumRank: 2 });
  checkAffine(where, params, { of: x, name: 'x' });
  checkStats(where, stats, { of: x, name: 'x' });
  checkEpsilon(where, epsilon);
  return tidy(() => inferredBatchNorm(x, params, stats, epsilon));
}

/** {@link batchNormInfer} without its checks. */
export function inferredBatchNorm<T extends Tensor>(
  x: T,
  params: AffineParams,
  { mean, variance }: RunningStats,
  epsilon: number,
): T {
  const constantMean = withoutGradient(() => clone(mean));
  const inverse = withoutGradient(() => inverseRoot(variance, epsilon));
  const y = byRows(x, (rows) => mul(sub(rows, constantMean), inverse));
  return scaleAndOffset(y, params);
}
