import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { AffineParams } from './affineParams.js';
import { checkAffine, checkEpsilon, checkOptions, checkTensor } from './checkArguments.js';
import { scaleAndOffset } from './scaleAndOffset.js';
import { standardizeCore } from './standardizeCore.js';

/** Options of {@link instanceNorm}. */
export type InstanceNormOptions = {
  /** ε, added to the variance under the root; 1e-5 by default. */
  readonly epsilon?: number;
};

/**
 * Instance norm: each channel of each sample standardized over its positions.
 *
 * `y = γ · (x − μ) / √(σ² + ε) + β`, μ and σ² over all axes but the first and the last. With δ the gradient of
 * y: `dγ = Σ δ · x̂`, `dβ = Σ δ` per channel, dx as in `standardize` for the gradient γ · δ.
 *
 * Shapes: x [N, …, C] of any rank ≥ 3; scale and offset [C]; y as x.
 *
 * Numerics: as `standardize`.
 *
 * Ownership: inputs are neither disposed nor returned; y belongs to the caller.
 *
 * Source: Ulyanov, Vedaldi & Lempitsky 2016, equation 3.
 *
 * @param params a scale or offset that is left out is fixed at 1 or 0, and never learned
 * @throws ShapeError if x is not a live, non-empty float32 tensor of rank ≥ 3, or a parameter is not [C]
 * @throws OptionError if ε is negative or not finite, or an option or parameter is unknown
 *
 * @example
 * ```ts
 * const x = tensor3d([[[1, 10], [3, 30]], [[5, 7], [5, 9]]]);
 * const y = instanceNorm(x, {}, { epsilon: 3 });
 * // y = [[[-0.5, -0.985329], [0.5, 0.985329]], [[0, -0.5], [0, 0.5]]]
 * ```
 */
export function instanceNorm<T extends Tensor>(
  x: T,
  params: AffineParams,
  { epsilon = 1e-5, ...others }: InstanceNormOptions = {},
): T {
  const where = 'instanceNorm';
  checkOptions(where, others, ['epsilon']);
  checkTensor(where, 'x', x, { minimumRank: 3 });
  checkAffine(where, params, { of: x, name: 'x' });
  checkEpsilon(where, epsilon);
  const axes = Array.from({ length: x.rank - 2 }, (_, position) => position + 1);
  return tidy(() => scaleAndOffset(standardizeCore(x, { axes, epsilon }).y, params));
}
