import { OptionError } from '@normlab/errors';
import { type Rank, reshape, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { AffineParams } from './affineParams.js';
import { checkAffine, checkEpsilon, checkOptions, checkTensor } from './checkArguments.js';
import { scaleAndOffset } from './scaleAndOffset.js';
import { standardizeCore } from './standardizeCore.js';

/** Options of {@link groupNorm}. */
export type GroupNormOptions = {
  /** G, the number of groups; it divides C. */
  readonly groups: number;
  /** ε, added to the variance under the root; 1e-5 by default. */
  readonly epsilon?: number;
};

/**
 * Group norm: each group of C / G neighbouring channels of each sample standardized over its positions.
 *
 * `y = γ · (x − μ) / √(σ² + ε) + β`, μ and σ² over the group's channels and all axes but the first and the
 * last. With δ the gradient of y: `dγ = Σ δ · x̂`, `dβ = Σ δ` per channel, dx as in `standardize` for the
 * gradient γ · δ. G = 1 is layer norm over all axes but the first, G = C is instance norm.
 *
 * Shapes: x [N, …, C] of any rank ≥ 2; scale and offset [C]; y as x.
 *
 * Numerics: as `standardize`.
 *
 * Ownership: inputs are neither disposed nor returned; y belongs to the caller.
 *
 * Source: Wu & He 2018, equations 1, 6 and 7.
 *
 * @param params a scale or offset that is left out is fixed at 1 or 0, and never learned
 * @throws ShapeError if x is not a live, non-empty float32 tensor of rank ≥ 2, or a parameter is not [C]
 * @throws OptionError if groups is not a positive integer that divides C, or ε is negative or not finite, or an option or parameter is unknown
 *
 * @example
 * ```ts
 * const x = tensor2d([[1, 3, 10, 30]]);
 * const y = groupNorm(x, { scale: tensor1d([1, 1, 1, 2]) }, { groups: 2, epsilon: 0 });
 * // y = [[-1, 1, -1, 2]]
 * ```
 */
export function groupNorm<T extends Tensor>(x: T, params: AffineParams, options: GroupNormOptions): T {
  // A caller in JavaScript may leave them out; the check of groups says so.
  const { groups, epsilon = 1e-5, ...others } = options ?? ({} as GroupNormOptions);
  const where = 'groupNorm';
  checkOptions(where, others, ['groups', 'epsilon']);
  checkTensor(where, 'x', x, { minimumRank: 2 });
  checkAffine(where, params, { of: x, name: 'x' });
  const channels = x.shape[x.rank - 1]!;
  if (!(Number.isInteger(groups) && groups >= 1 && channels % groups === 0)) {
    const rule = `be an integer ≥ 1 that divides C = ${channels} (the last axis of x)`;
    throw new OptionError({ where, what: 'groups', rule, got: groups });
  }
  checkEpsilon(where, epsilon);
  const grouped = [...x.shape.slice(0, -1), groups, channels / groups];
  const axes = [...Array.from({ length: x.rank - 2 }, (_, position) => position + 1), x.rank];
  return tidy(() => {
    const { y } = standardizeCore(reshape(x, grouped), { axes, epsilon });
    return scaleAndOffset(reshape<Rank>(y, x.shape) as T, params);
  });
}
