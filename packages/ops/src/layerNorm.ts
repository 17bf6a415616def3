import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { checkAxes, checkEpsilon, checkNormalized, checkOptions, checkTensor } from './checkArguments.js';
import type { NormalizedParams } from './normalizedParams.js';
import { scaleAndOffsetOver } from './scaleAndOffsetOver.js';
import { standardizeCore } from './standardizeCore.js';

/** Options of {@link layerNorm}. */
export type LayerNormOptions = {
  /** The axes that share one mean and variance; the last one by default. */
  readonly axes?: readonly number[];
  /** ε, added to the variance under the root; 1e-5 by default. */
  readonly epsilon?: number;
};

/**
 * Layer norm: each sample standardized separately, over its channels or over other axes.
 *
 * `y = γ · (x − μ) / √(σ² + ε) + β`, μ and σ² over `axes`. With δ the gradient of y: `dγ = Σ δ · x̂` and
 * `dβ = Σ δ` over the elements that share one γ or β, dx as in `standardize` for the gradient γ · δ.
 *
 * Shapes: x [N, …, C] of any rank ≥ 2; y as x; scale and offset each of the normalized shape (the lengths of `axes`,
 * in ascending order: PyTorch's `normalized_shape`, the shape that ONNX's `axis` and Keras's `axis` give) or, with more
 * than one axis, [C]: one value per channel, as in group norm with one group.
 *
 * Numerics: as `standardize`.
 *
 * Ownership: inputs are neither disposed nor returned; y belongs to the caller.
 *
 * Source: Ba, Kiros & Hinton 2016, equations 3 and 4.
 *
 * @param params a scale or offset that is left out is fixed at 1 or 0, and never learned
 * @throws ShapeError if x is not a live, non-empty float32 tensor of rank ≥ 2, or a parameter has another shape
 * @throws OptionError if `axes` are not axes of x, or ε is negative or not finite, or an option or parameter is unknown
 *
 * @example
 * ```ts
 * const x = tensor2d([[1, 3], [10, 30]]);
 * const y = layerNorm(x, { offset: tensor1d([0, 5]) }, { epsilon: 0 });
 * // y = [[-1, 6], [-1, 6]]
 * ```
 */
export function layerNorm<T extends Tensor>(
  x: T,
  params: NormalizedParams,
  { axes = [-1], epsilon = 1e-5, ...others }: LayerNormOptions = {},
): T {
  const where = 'layerNorm';
  checkOptions(where, others, ['axes', 'epsilon']);
  checkTensor(where, 'x', x, { minimumRank: 2 });
  const reduced = checkAxes(where, axes, x.rank);
  checkNormalized(where, params, { x, axes: reduced });
  checkEpsilon(where, epsilon);
  return tidy(() => scaleAndOffsetOver(standardizeCore(x, { axes: reduced, epsilon }).y, params, reduced));
}
