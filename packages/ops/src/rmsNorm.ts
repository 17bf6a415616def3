import { mul, type Rank, reshape, square, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { checkAxes, checkEpsilon, checkNormalized, checkOptions, checkTensor } from './checkArguments.js';
import { inverseRoot } from './inverseRoot.js';
import type { NormalizedParams } from './normalizedParams.js';
import { scaleAndOffsetOver } from './scaleAndOffsetOver.js';
import { type Slices, slicesOf } from './slices.js';
import { isNestedGradient, withGradient } from './withGradient.js';

/** Options of {@link rmsNorm}. */
export type RmsNormOptions = {
  /** The axes that share one root mean square; the last one by default. */
  readonly axes?: readonly number[];
  /** ε, added to the mean square under the root; 1e-5 by default. */
  readonly epsilon?: number;
};

/**
 * RMS norm: layer norm without its mean.
 *
 * `y = γ · x̂ + β`, `x̂ = x / √(mean x² + ε)`, the mean over `axes`. With δ the gradient of y: `dγ = Σ δ · x̂` and
 * `dβ = Σ δ` over the elements that share one γ or β and `dx = (γδ − x̂ · mean(γδ · x̂)) / √(mean x² + ε)`.
 *
 * Shapes: x [N, …, C] of any rank ≥ 2; y as x; scale and offset each of the normalized shape (the lengths of `axes`,
 * in ascending order: PyTorch's `normalized_shape`, the shape that ONNX's `axis` and Keras's `axis` give) or, with more
 * than one axis, [C]: one value per channel, as in group norm with one group.
 *
 * Numerics: with m the elements of a slice, sums of squares must fit float32: √m · |x| < 1.8e19; beyond that y may be 0,
 * without an error. At ε = 0 a slice of zeros gives 0 / 0 = NaN, and |x| < 1.1e-19 · √m loses digits. Where frameworks
 * differ: the source has neither ε nor offset; PyTorch's default ε is the machine epsilon 1.2e-7. Gradients of any order.
 *
 * Ownership: inputs are neither disposed nor returned; y belongs to the caller.
 *
 * Source: Zhang & Sennrich 2019, equation 4.
 *
 * @param params a scale or offset that is left out is fixed at 1 or 0, and never learned
 * @throws ShapeError if x is not a live, non-empty float32 tensor of rank ≥ 2, or a parameter has another shape
 * @throws OptionError if `axes` are not axes of x, or ε is negative or not finite, or an option or parameter is unknown
 *
 * @example
 * ```ts
 * const x = tensor2d([[1, 7], [2, -14]]);
 * const y = rmsNorm(x, { scale: tensor1d([5, 5]) }, { epsilon: 0 });
 * // y = [[1, 7], [1, -7]]
 * ```
 */
export function rmsNorm<T extends Tensor>(
  x: T,
  params: NormalizedParams,
  { axes = [-1], epsilon = 1e-5, ...others }: RmsNormOptions = {},
): T {
  const where = 'rmsNorm';
  checkOptions(where, others, ['axes', 'epsilon']);
  checkTensor(where, 'x', x, { minimumRank: 2 });
  const reduced = checkAxes(where, axes, x.rank);
  checkNormalized(where, params, { x, axes: reduced });
  checkEpsilon(where, epsilon);
  return tidy(() =>
    scaleAndOffsetOver(overRootMeanSquare(x, slicesOf(x.shape, reduced), epsilon), params, reduced),
  );
}

/** x / √(mean x² + ε) over slices. */
function overRootMeanSquare<T extends Tensor>(x: T, slices: Slices, epsilon: number): T {
  const compute = () => {
    const opened = slices.open(x);
    const inverse = inverseRoot(slices.mean(square(opened)), epsilon);
    return { y: reshape<Rank>(mul(opened, slices.spread(inverse)), x.shape) as T, inverse };
  };
  if (isNestedGradient()) return compute().y;
  return withGradient<T>([x], (save) => {
    const { y, inverse } = compute();
    save([y, inverse]);
    const gradient = (dy: T, [y, inverse]: Tensor[]) =>
      tidy(() => {
        const output = slices.open(y!);
        const gradient = slices.open(dy);
        const slope = slices.mean(mul(gradient, output));
        const across = sub(gradient, mul(output, slices.spread(slope)));
        return [reshape<Rank>(mul(across, slices.spread(inverse!)), x.shape)];
      });
    return { value: y, gradient };
  });
}
