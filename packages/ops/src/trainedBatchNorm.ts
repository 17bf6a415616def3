import {
  engine,
  getBackend,
  getKernel,
  type NamedTensorMap,
  relu,
  type Tensor,
  type Tensor1D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { AffineParams } from './affineParams.js';
import { affineStandardize } from './affineStandardize.js';
import { type BatchNormAttrs, batchNormGradKernelName, batchNormKernelName } from './fusedKernels.js';
import { moveStats, type RunningStats } from './runningStats.js';
import { isNestedGradient, withGradientAndConstants } from './withGradient.js';

type Trained<T extends Tensor> = { readonly y: T; readonly stats: RunningStats };

/** Batch norm in training, with or without a ReLU behind it, without checks: what the public functions share. */
export function trainedBatchNorm<T extends Tensor>(
  x: T,
  params: AffineParams,
  stats: RunningStats,
  attrs: BatchNormAttrs,
): Trained<T> {
  const isFused = getKernel(batchNormKernelName, getBackend()) !== undefined && !isNestedGradient();
  return isFused ? fusedBatchNorm(x, params, stats, attrs) : composedBatchNorm(x, params, stats, attrs);
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

/** By the active backend's own kernels: one pass over the data that writes, forward and backward. */
function fusedBatchNorm<T extends Tensor>(
  x: T,
  { scale, offset }: AffineParams,
  { mean, variance }: RunningStats,
  attrs: BatchNormAttrs,
): Trained<T> {
  const affine: NamedTensorMap = {
    ...(scale === undefined ? {} : { scale }),
    ...(offset === undefined ? {} : { offset }),
  };
  const { value, constants } = withGradientAndConstants<T>([x, ...Object.values(affine)], (save) => {
    const inputs = { x, mean, variance, ...affine };
    const [y, movedMean, movedVariance, kept, frame] = engine().runKernel<Tensor[]>(
      batchNormKernelName,
      inputs,
      attrs,
    ) as [T, Tensor, Tensor, Tensor, Tensor];
    save([kept, frame]);
    const gradient = (dy: T, [kept, frame]: Tensor[]) =>
      tidy(() => {
        const [dx, dScale, dOffset] = engine().runKernel<Tensor[]>(
          batchNormGradKernelName,
          { dy, kept: kept!, frame: frame! },
          { epsilon: attrs.epsilon, activation: attrs.activation },
        );
        return [dx!, ...(scale === undefined ? [] : [dScale!]), ...(offset === undefined ? [] : [dOffset!])];
      });
    return { value: y, constants: [movedMean, movedVariance], gradient };
  });
  return { y: value, stats: { mean: constants[0] as Tensor1D, variance: constants[1] as Tensor1D } };
}
