import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { AffineParams } from './affineParams.js';
import {
  checkAffine,
  checkDecay,
  checkEpsilon,
  checkOptions,
  checkStats,
  checkTensor,
} from './checkArguments.js';
import type { RunningStats } from './runningStats.js';
import { trainedBatchNorm } from './trainedBatchNorm.js';

/** Options of {@link batchNormTrain}. */
export type BatchNormTrainOptions = {
  /** ε, added to the variance under the root; 1e-5 by default. */
  readonly epsilon?: number;
  /** The weight of the old running statistics; .9 by default. PyTorch's momentum is 1 − decay. */
  readonly decay?: number;
};

/**
 * Batch norm with the statistics of the batch, and the running statistics updated with them.
 *
 * `y = γ · (x − μ) / √(σ² + ε) + β`, μ and σ² per channel over all axes but the last; running statistics
 * `decay · old + (1 − decay) · batch`. With δ the gradient of y: `dγ = Σ δ · x̂`, `dβ = Σ δ`,
 * `dx = γ / √(σ² + ε) · (δ − mean δ − x̂ · mean(δ · x̂))`.
 *
 * Shapes: x [N, …, C] of any rank ≥ 2; scale, offset and statistics [C]; y as x.
 *
 * Numerics: as {@link standardize}. Where frameworks differ: the running variance averages the biased batch variance
 * Σ(x − μ)² / m, as in tfjs-layers; PyTorch averages the unbiased one (· m / (m − 1)), as in Algorithm 2. The
 * normalization itself uses the biased variance in all of them. A batch with one sample per channel gives y = β. An old
 * statistic that is infinite or NaN makes the new one NaN also at decay 0, as in PyTorch (0 · ∞ is NaN).
 * Gradients of any order, as {@link standardize}.
 *
 * Ownership: inputs are neither disposed nor returned; y and the new statistics belong to the caller. The
 * statistics carry no gradient.
 *
 * Source: Ioffe & Szegedy 2015, Algorithm 1, and section 3 for the gradients.
 *
 * @param params a scale or offset that is left out is fixed at 1 or 0, and never learned
 * @throws ShapeError if x is not a live, non-empty float32 tensor of rank ≥ 2, or a parameter or statistic is not [C]
 * @throws OptionError if ε is negative or not finite, or decay is outside [0, 1], or an option or parameter is unknown
 *
 * @example
 * ```ts
 * const x = tensor2d([[1], [3]]);
 * const stats = { mean: tensor1d([0]), variance: tensor1d([1]) };
 * const { y, stats: next } = batchNormTrain(x, { scale: tensor1d([5]) }, stats, { epsilon: 0, decay: 0.5 });
 * // y = [[-5], [5]]
 * // next.mean = [1]
 * // next.variance = [1]
 * ```
 */
export function batchNormTrain<T extends Tensor>(
  x: T,
  params: AffineParams,
  stats: RunningStats,
  { epsilon = 1e-5, decay = 0.9, ...others }: BatchNormTrainOptions = {},
): { y: T; stats: RunningStats } {
  const where = 'batchNormTrain';
  checkOptions(where, others, ['epsilon', 'decay']);
  checkTensor(where, 'x', x, { minimumRank: 2 });
  checkAffine(where, params, { of: x, name: 'x' });
  checkStats(where, stats, { of: x, name: 'x' });
  checkEpsilon(where, epsilon);
  checkDecay(where, decay);
  return tidy(() => trainedBatchNorm(x, params, stats, { epsilon, decay, activation: 'identity' }));
}
