import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { AffineParams } from './affineParams.js';
import type { BatchNormTrainOptions } from './batchNormTrain.js';
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

/**
 * {@link batchNormTrain} followed by a ReLU, as one function: the same values, in fewer passes over the data if the
 * active backend has kernels for it.
 *
 * `y = max(0, γ · x̂ + β)` with `x̂ = (x − μ) / √(σ² + ε)`; with dy the gradient of y and δ = dy where γ · x̂ + β > 0,
 * 0 elsewhere: `dγ = Σ δ · x̂`, `dβ = Σ δ`, `dx = γ / √(σ² + ε) · (δ − mean δ − x̂ · mean(δ · x̂))`. With `{}` for
 * params it is BN_{1,0} followed by a ReLU.
 *
 * Shapes: x [N, …, C] of any rank ≥ 2; scale, offset and statistics [C]; y as x.
 *
 * Numerics: as {@link batchNormTrain}, also the running statistics. The gradient of ReLU at 0 is 0. Where γ · x̂ + β
 * is within rounding of 0, backends may differ in whether dy passes. Gradients of any order, as
 * {@link standardize}; the fused kernels are `NormlabBatchNorm` and `NormlabBatchNormGrad`.
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
 * const { y, stats: next } = batchNormReluTrain(x, { offset: tensor1d([0.5]) }, stats, { epsilon: 0, decay: 0.5 });
 * // y = [[0], [1.5]]
 * // next.mean = [1]
 * // next.variance = [1]
 * ```
 */
export function batchNormReluTrain<T extends Tensor>(
  x: T,
  params: AffineParams,
  stats: RunningStats,
  { epsilon = 1e-5, decay = 0.9, ...others }: BatchNormTrainOptions = {},
): { y: T; stats: RunningStats } {
  const where = 'batchNormReluTrain';
  checkOptions(where, others, ['epsilon', 'decay']);
  checkTensor(where, 'x', x, { minimumRank: 2 });
  checkAffine(where, params, { of: x, name: 'x' });
  checkStats(where, stats, { of: x, name: 'x' });
  checkEpsilon(where, epsilon);
  checkDecay(where, decay);
  return tidy(() => trainedBatchNorm(x, params, stats, { epsilon, decay, activation: 'relu' }));
}
