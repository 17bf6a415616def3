import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { checkEpsilon, checkOptions, checkTensor } from './checkArguments.js';
import { standardizeCore } from './standardizeCore.js';

/** Options of {@link weightStandardize}. */
export type WeightStandardizeOptions = {
  /** ε, added to the variance under the root; 1e-5 by default. */
  readonly epsilon?: number;
};

/**
 * A kernel with mean 0 and variance 1 in each output channel.
 *
 * `ŵ = (w − μ) / √(σ² + ε)`, μ and σ² per output channel over all axes but the last; the gradient is that of
 * `standardize`.
 *
 * Shapes: kernel [in, C] or [kh, kw, in, C], any rank ≥ 2; ŵ as kernel.
 *
 * Numerics: as `standardize`, with the biased variance. Where implementations differ: some add ε to σ outside the root,
 * and some also divide by √fan-in, so that ŵ has length 1; this function does neither.
 *
 * Ownership: the kernel is neither disposed nor returned; ŵ belongs to the caller.
 *
 * Source: Qiao et al. 2019, the definition of Ŵ in the section "Weight Standardization".
 *
 * @throws ShapeError if kernel is not a live, non-empty float32 tensor of rank ≥ 2
 * @throws OptionError if ε is negative or not finite, or an option or parameter is unknown
 *
 * @example
 * ```ts
 * const kernel = weightStandardize(tensor2d([[1, 10], [3, 30]]), { epsilon: 0 });
 * // kernel = [[-1, -1], [1, 1]]
 * ```
 */
export function weightStandardize<T extends Tensor>(
  kernel: T,
  { epsilon = 1e-5, ...others }: WeightStandardizeOptions = {},
): T {
  const where = 'weightStandardize';
  checkOptions(where, others, ['epsilon']);
  checkTensor(where, 'kernel', kernel, { minimumRank: 2 });
  checkEpsilon(where, epsilon);
  const axes = Array.from({ length: kernel.rank - 1 }, (_, axis) => axis);
  return tidy(() => standardizeCore(kernel, { axes, epsilon }).y);
}
