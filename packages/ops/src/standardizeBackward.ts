import { fusedKernel, type StandardizeAttrs } from '@normlab/kernels';
import { mul, type Rank, reshape, sub, type Tensor } from '@tensorflow/tfjs-core';
import { inverseRoot } from './inverseRoot.js';
import { slicesOf } from './slices.js';

/** dy: the gradient of y; y and variance: the outputs of the forward pass. */
type BackwardInputs<T extends Tensor> = { readonly dy: T; readonly y: Tensor; readonly variance: Tensor };

/** The gradient of x, and `mean dy` and `mean(dy · y)` in the kept shape. */
type BackwardOutputs<T extends Tensor> = { readonly dx: T; readonly mean: Tensor; readonly slope: Tensor };

/** The gradient of x and those two means, by the active backend's fused kernel if it has one, else by tfjs's ops. */
export function standardizeBackward<T extends Tensor>(
  inputs: BackwardInputs<T>,
  attrs: StandardizeAttrs,
): BackwardOutputs<T> {
  const gradient = fusedKernel('NormlabStandardizeGrad');
  if (gradient === undefined) return composedBackward(inputs, attrs);
  const [dx, mean, slope] = gradient(inputs, attrs);
  return { dx: dx as T, mean, slope };
}

/**
 * dx = (dy − mean dy − y · mean(dy · y)) / √(σ² + ε), by tfjs's ops.
 *
 * dy is centred first: because mean y = 0, this changes mean(dy · y) only by rounding.
 */
function composedBackward<T extends Tensor>(
  { dy, y, variance }: BackwardInputs<T>,
  { axes, epsilon }: StandardizeAttrs,
): BackwardOutputs<T> {
  const slices = slicesOf(dy.shape, axes);
  const gradient = slices.open(dy);
  const output = slices.open(y);
  const inverse = inverseRoot(slices.statistic(variance), epsilon);
  const mean = slices.mean(gradient);
  const centred = sub(gradient, slices.spread(mean));
  const slope = slices.mean(mul(centred, output));
  const dx = mul(sub(centred, mul(output, slices.spread(slope))), slices.spread(inverse));
  return {
    dx: reshape<Rank>(dx, dy.shape) as T,
    mean: reshape(mean, slices.keptShape),
    slope: reshape(slope, slices.keptShape),
  };
}
