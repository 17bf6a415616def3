import {
  add,
  clone,
  engine,
  gather,
  getBackend,
  getKernel,
  keep,
  mul,
  type Rank,
  reshape,
  rsqrt,
  square,
  sub,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { type StandardizeAttrs, standardizeGradKernelName, standardizeKernelName } from './fusedKernels.js';
import { meanOver } from './meanOver.js';
import { mergeAxes } from './mergedAxes.js';
import { isNestedGradient, withGradient, withoutGradient } from './withGradient.js';

/** What standardizing gives: y in x's shape; the statistics in x's shape without the reduced axes. */
export type Standardized<T extends Tensor = Tensor> = {
  readonly y: T;
  readonly mean: Tensor;
  readonly variance: Tensor;
};

/** `standardize` without its checks, for the operations made of it; `attrs.axes` ascend from 0. */
export function standardizeCore<T extends Tensor>(x: T, attrs: StandardizeAttrs): Standardized<T> {
  if (isNestedGradient()) {
    const { y, mean, variance } = composed(x, attrs);
    return { y, mean: withoutGradient(() => clone(mean)), variance: withoutGradient(() => clone(variance)) };
  }
  let found: { mean: Tensor; variance: Tensor } | undefined;
  const y = withGradient<T>([x], (save) => {
    const { y, mean, variance } = forward(x, attrs);
    found = { mean: keep(mean), variance: keep(variance) };
    save([y, variance]);
    return {
      value: y,
      gradient: (dy, [y, variance]) => [tidy(() => backward(dy, y!, variance!, attrs))],
    };
  });
  return { y, mean: handedOver(found!.mean), variance: handedOver(found!.variance) };
}

/** Of a tensor kept past its own scope: one that the scope of the caller owns. */
function handedOver(kept: Tensor): Tensor {
  const owned = clone(kept);
  kept.dispose();
  return owned;
}

function forward<T extends Tensor>(x: T, attrs: StandardizeAttrs): Standardized<T> {
  if (getKernel(standardizeKernelName, getBackend()) === undefined) return composed(x, attrs);
  const [y, mean, variance] = engine().runKernel<Tensor[]>(standardizeKernelName, { x }, attrs);
  return { y: y! as T, mean: mean!, variance: variance! };
}

function backward(dy: Tensor, y: Tensor, variance: Tensor, attrs: StandardizeAttrs): Tensor {
  if (getKernel(standardizeGradKernelName, getBackend()) === undefined) {
    return composedGradient(dy, y, variance, attrs);
  }
  return engine().runKernel<Tensor>(standardizeGradKernelName, { dy, y, variance }, attrs);
}

/**
 * Shifted by a sample, then by the mean of what is left, then squared: no step subtracts large numbers that
 * are nearly equal but for the first, which is exact for neighbours.
 */
function composed<T extends Tensor>(x: T, { axes, epsilon }: StandardizeAttrs): Standardized<T> {
  const merged = mergeAxes(x.shape, axes);
  const samples = reshape(x, merged.shape);
  const shift = withoutGradient(() =>
    merged.axes.reduce<Tensor>((from, axis) => gather(from, [0], axis), samples),
  );
  const { centred, mean } = tidy(() => {
    const shifted = sub(samples, shift);
    const rest = meanOver(shifted, merged.axes);
    return { centred: sub(shifted, rest), mean: add(shift, rest) };
  });
  const variance = meanOver(square(centred), merged.axes);
  const y = mul(centred, rsqrt(add(variance, epsilon)));
  return {
    y: reshape<Rank>(y, x.shape) as T,
    mean: reshape(mean, merged.keptShape),
    variance: reshape(variance, merged.keptShape),
  };
}

/** Law 3: dx = (dy − mean dy − y · mean(dy · y)) / √(σ² + ε); dy is centred first, since Σy = 0. */
function composedGradient(
  dy: Tensor,
  y: Tensor,
  variance: Tensor,
  { axes, epsilon }: StandardizeAttrs,
): Tensor {
  const merged = mergeAxes(dy.shape, axes);
  const gradient = reshape(dy, merged.shape);
  const output = reshape(y, merged.shape);
  const inverse = rsqrt(add(reshape(variance, merged.statShape), epsilon));
  const centred = sub(gradient, meanOver(gradient, merged.axes));
  const slope = meanOver(mul(centred, output), merged.axes);
  return reshape(mul(sub(centred, mul(output, slope)), inverse), dy.shape);
}
