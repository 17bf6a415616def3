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
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { type TrainingKernel, trainingKernel } from '../trainingKernel.js';
import { addressOf, type WasmBackend } from '../wasmBackend.js';

/**
 * `MaxPoolGrad` and `AvgPoolGrad`, of float32 images.
 *
 * Both are also right where tfjs's own are not: the largest of a window without a positive value; and the share of
 * an entry in a window that reaches over the edge, of which the forward pass averages the part inside.
 */
export function poolKernels(runtime: KernelRuntime): TrainingKernel[] {
  const max = trainingKernel(
    MaxPoolGrad,
    ({ dy, input }: MaxPoolGradInputs, attrs: MaxPoolGradAttrs, backend) =>
      poolGradient(runtime, backend, 'maxPoolGradient', dy as TensorInfo, input as TensorInfo, attrs),
  );
  const average = trainingKernel(
    AvgPoolGrad,
    ({ dy, input }: AvgPoolGradInputs, attrs: AvgPoolGradAttrs, backend) =>
      poolGradient(runtime, backend, 'averagePoolGradient', dy as TensorInfo, input as TensorInfo, attrs),
  );
  return [max, average];
}

function poolGradient(
  runtime: KernelRuntime,
  backend: WasmBackend,
  kernel: 'maxPoolGradient' | 'averagePoolGradient',
  dy: TensorInfo,
  input: TensorInfo,
  { filterSize, strides, pad, dimRoundingMode }: AvgPoolGradAttrs & Pick<MaxPoolGradAttrs, 'dimRoundingMode'>,
): TensorInfo | undefined {
  if (dy.dtype !== 'float32' || input.dtype !== 'float32') return undefined;
  const dilations = 1;
  const shape = input.shape as [number, number, number, number];
  const pool = backend_util.computePool2DInfo(shape, filterSize, strides, dilations, pad, dimRoundingMode);
  const dx = backend.makeOutput(input.shape, 'float32');
  runtime.run({
    kernel,
    words: [
      ...[dy, dx, input].map((tensor) => addressOf(backend, tensor)),
      ...[pool.inHeight, pool.inWidth, pool.inChannels, pool.outHeight, pool.outWidth],
      ...[pool.filterHeight, pool.filterWidth, pool.strideHeight, pool.strideWidth],
      ...[pool.padInfo.top, pool.padInfo.left],
    ],
    tasks: pool.batchSize,
  });
  return dx;
}
