import { fusedKernel, type StandardizeAttrs } from '@normlab/kernels';
import { add, mul, type Rank, reshape, square, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { inverseRoot } from './inverseRoot.js';
import { slicesOf } from './slices.js';
import { withoutGradient } from './withGradient.js';

/** The result of standardizing: y in x's shape; the statistics in x's shape without the reduced axes. */
export type Standardized<T extends Tensor = Tensor> = {
  readonly y: T;
  readonly mean: Tensor;
  readonly variance: Tensor;
};

/** Standardizes with the active backend's fused kernel if it has one, else with tfjs's ops. */
export function standardizeForward<T extends Tensor>(x: T, attrs: StandardizeAttrs): Standardized<T> {
  const standardize = fusedKernel('NormlabStandardize');
  if (standardize === undefined) return composedForward(x, attrs);
  const [y, mean, variance] = standardize({ x }, attrs);
  return { y: y as T, mean, variance };
}

/**
 * Standardizes with tfjs's ops, each of which has its own gradient.
 *
 * First one of x's samples is subtracted, which is of similar size as the others, so that a large mean is removed
 * before anything is summed; then the mean of the rest is subtracted, and only then are the values squared.
 */
export function composedForward<T extends Tensor>(
  x: T,
  { axes, epsilon }: StandardizeAttrs,
): Standardized<T> {
  const slices = slicesOf(x.shape, axes);
  const shift = withoutGradient(() => slices.first(x));
  const samples = slices.open(x);
  const { centred, mean } = tidy(() => {
    const shifted = sub(samples, slices.spread(shift));
    const rest = slices.mean(shifted);
    return {
      centred: sub(shifted, slices.spread(rest)),
      mean: reshape(add(shift, rest), slices.keptShape),
    };
  });
  const variance = slices.mean(square(centred));
  const y = mul(centred, slices.spread(inverseRoot(variance, epsilon)));
  return { y: reshape<Rank>(y, x.shape) as T, mean, variance: reshape(variance, slices.keptShape) };
}
