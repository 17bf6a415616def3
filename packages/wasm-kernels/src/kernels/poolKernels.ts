import {
  AvgPoolGrad,
  type AvgPoolGradAttrs,
  type AvgPoolGradInputs,
  backend_util,
  MaxPoolGrad,
  type MaxPoolGradAttrs,
  type MaxPoolGradInputs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { checkSlope } from '../composed/checkSlope.js';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { type TrainingKernel, trainingKernel } from '../trainingKernel.js';
import { addressOf, type WasmBackend } from '../wasmBackend.js';

/**
 * `MaxPoolGrad` and `AvgPoolGrad`, of float32 images.
 *
 * Both are correct where tfjs's own kernels are wrong: in a max-pool window without a positive value; and in an
 * average-pool window that extends over the edge, of which the forward pass averages only the inside.
 */
export function poolKernels(runtime: KernelRuntime): TrainingKernel[] {
  const max = trainingKernel(
    MaxPoolGrad,
    ({ dy, input }: MaxPoolGradInputs, attrs: MaxPoolGradAttrs, backend) =>
      poolGradient(runtime, backend, 'max_pool_bwd', dy as TensorInfo, input as TensorInfo, attrs),
  );
  const average = trainingKernel(
    AvgPoolGrad,
    ({ dy, input }: AvgPoolGradInputs, attrs: AvgPoolGradAttrs, backend) =>
      poolGradient(runtime, backend, 'avg_pool_bwd', dy as TensorInfo, input as TensorInfo, attrs),
  );
  return [max, average];
}

function poolGradient(
  runtime: KernelRuntime,
  backend: WasmBackend,
  kernel: 'max_pool_bwd' | 'avg_pool_bwd',
  dy: TensorInfo,
  input: TensorInfo,
  { filterSize, strides, pad, dimRoundingMode }: AvgPoolGradAttrs & Pick<MaxPoolGradAttrs, 'dimRoundingMode'>,
): TensorInfo | undefined {
  if (dy.dtype !== 'float32' || input.dtype !== 'float32') return undefined;
  const dilations = 1;
  const shape = input.shape as [number, number, number, number];
  const pool = backend_util.computePool2DInfo(shape, filterSize, strides, dilations, pad, dimRoundingMode);
  checkSlope(kernel === 'max_pool_bwd' ? MaxPoolGrad : AvgPoolGrad, dy, pool.outShape);
  const dx = backend.makeOutput(input.shape, 'float32');
  const job = {
    dy: addressOf(backend, dy),
    dx: addressOf(backend, dx),
    x: addressOf(backend, input),
    height: pool.inHeight,
    width: pool.inWidth,
    channels: pool.inChannels,
    outHeight: pool.outHeight,
    outWidth: pool.outWidth,
    filterHeight: pool.filterHeight,
    filterWidth: pool.filterWidth,
    strideHeight: pool.strideHeight,
    strideWidth: pool.strideWidth,
    top: pool.padInfo.top,
    left: pool.padInfo.left,
  };
  runtime.run({ kernel, job, tasks: pool.batchSize });
  return dx;
}
