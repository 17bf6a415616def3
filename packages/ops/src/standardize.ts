import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { checkAxes, checkEpsilon, checkOptions, checkTensor } from './checkArguments.js';
import { standardizeCore } from './standardizeCore.js';
import type { Standardized } from './standardizeForward.js';

/** Options of {@link standardize}. */
export type StandardizeOptions = {
  /** ε, added to the variance under the root; 1e-5 by default. */
  readonly epsilon?: number;
};

/**
 * Standardizes x to mean 0 and variance 1 over some of its axes: the core of the other normalizations.
 *
 * `μ = mean x`, `σ² = mean (x − μ)²`, `y = (x − μ) / √(σ² + ε)`, and, with δ the gradient of y,
 * `dx = (δ − mean δ − y · mean(δ · y)) / √(σ² + ε)`, all means over `axes`.
 *
 * Shapes: x of any rank ≥ 2; y as x; mean and variance as x without `axes`.
 *
 * Numerics: the variance is biased (divided by m). One sample is subtracted from x before anything is summed, and the
 * variance is computed about the mean in a second pass, so its relative error does not grow with mean / sd. The error
 * of y is relative to the largest |y| of its slice: if the subtracted sample, the first one, is an outlier, small y lose
 * digits. Sums of squares must fit float32: √m · |x − μ| < 1.8e19; beyond that y may be 0, without an error. At ε = 0 a
 * constant slice gives 0 / 0 = NaN, and |x − μ| < 1.1e-19 · √m loses digits. If the active backend has the fused kernel
 * `NormlabStandardize`, that kernel runs. Mean and variance carry no gradient. Gradients of any order: nested gradients
 * use tfjs's own ops.
 *
 * Ownership: x is neither disposed nor returned; the three outputs belong to the caller.
 *
 * Source: Ioffe & Szegedy 2015, Algorithm 1 without its last line, and section 3 for the gradient.
 *
 * @throws ShapeError if x is not a live, non-empty float32 tensor of rank ≥ 2
 * @throws OptionError if `axes` are not axes of x, or ε is negative or not finite, or an option or parameter is unknown
 *
 * @example
 * ```ts
 * const x = tensor2d([[1, 10], [3, 30]]);
 * const { y, mean, variance } = standardize(x, [0], { epsilon: 0 });
 * // y = [[-1, -1], [1, 1]]
 * // mean = [2, 20]
 * // variance = [1, 100]
 * ```
 */
export function standardize<T extends Tensor>(
  x: T,
  axes: readonly number[],
  { epsilon = 1e-5, ...others }: StandardizeOptions = {},
): Standardized<T> {
  const where = 'standardize';
  checkOptions(where, others, ['epsilon']);
  checkTensor(where, 'x', x, { minimumRank: 2 });
  const reduced = checkAxes(where, axes, x.rank);
  checkEpsilon(where, epsilon);
  return tidy(() => standardizeCore(x, { axes: reduced, epsilon }));
}
