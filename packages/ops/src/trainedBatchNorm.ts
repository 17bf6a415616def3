import { type BatchNormAttrs, type FusedKernel, fusedKernel } from '@normlab/kernels';
import { relu, type Tensor, type Tensor1D, tidy } from '@tensorflow/tfjs-core';
import type { AffineParams } from './affineParams.js';
import { affineStandardize } from './affineStandardize.js';
import { moveStats, type RunningStats } from './runningStats.js';
import { withGradientAndConstants } from './withGradient.js';

type Trained<T extends Tensor> = { readonly y: T; readonly stats: RunningStats };

/** Batch norm in training, with or without a ReLU after it, without checks: shared by the public functions. */
export function trainedBatchNorm<T extends Tensor>(
  x: T,
  params: AffineParams,
  stats: RunningStats,
  attrs: BatchNormAttrs,
): Trained<T> {
  const forward = fusedKernel('NormlabBatchNorm');
  if (forward === undefined) return composedBatchNorm(x, params, stats, attrs);
  return fusedBatchNorm(forward, x, params, stats, attrs);
}

function composedBatchNorm<T extends Tensor>(
  x: T,
  params: AffineParams,
  stats: RunningStats,
  { epsilon, decay, activation }: BatchNormAttrs,
): Trained<T> {
  const axes = Array.from({ length: x.rank - 1 }, (_, axis) => axis);
  const { y, mean, variance } = affineStandardize(x, params, { axes, epsilon });
  const batch = { mean: mean as Tensor1D, variance: variance as Tensor1D };
  return { y: activation === 'relu' ? relu(y) : y, stats: moveStats(stats, batch, decay) };
}

/** Uses the active backend's fused kernels: a single pass that writes data, forward and backward. */
function fusedBatchNorm<T extends Tensor>(
  forward: FusedKernel<'NormlabBatchNorm'>,
  x: T,
  { scale, offset }: AffineParams,
  { mean, variance }: RunningStats,
  attrs: BatchNormAttrs,
): Trained<T> {
  const affine = {
    ...(scale === undefined ? {} : { scale }),
    ...(offset === undefined ? {} : { offset }),
  };
  const { value, constants } = withGradientAndConstants<T>([x, ...Object.values(affine)], (save) => {
    const [y, movedMean, movedVariance, kept, table] = forward({ x, mean, variance, ...affine }, attrs);
    save([kept, table]);
    const gradient = (dy: T, [kept, table]: Tensor[]) =>
      tidy(() => {
        // A backend with the forward kernel also has the gradient kernel.
        const backward = fusedKernel('NormlabBatchNormGrad')!;
        const { epsilon, activation } = attrs;
        const [dx, dScale, dOffset] = backward({ dy, kept: kept!, table: table! }, { epsilon, activation });
        return [dx, ...(scale === undefined ? [] : [dScale]), ...(offset === undefined ? [] : [dOffset])];
      });
    return { value: y as T, constants: [movedMean, movedVariance], gradient };
  });
  return { y: value, stats: { mean: constants[0] as Tensor1D, variance: constants[1] as Tensor1D } };
}
