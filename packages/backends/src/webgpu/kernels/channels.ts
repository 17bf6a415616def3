import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { callKernel, release } from './webgpuKernel.js';

/** The smallest multiple of four that is at least n: shaders read four channels at a time. */
export function paddedChannels(n: number): number {
  return 4 * Math.ceil(n / 4);
}

/**
 * A tensor whose given axes are padded with zeros at the end to a multiple of four.
 *
 * If no padding is needed, `padded` is the tensor itself and `giveBack` does nothing.
 */
export function padChannels(
  backend: WebGPUBackend,
  tensor: TensorInfo,
  axes: readonly number[],
): { padded: TensorInfo; giveBack(): void } {
  const after = tensor.shape.map((size, axis) => (axes.includes(axis) ? paddedChannels(size) - size : 0));
  if (after.every((count) => count === 0)) return { padded: tensor, giveBack: () => {} };
  const paddings = after.map((count): [number, number] => [0, count]);
  const padded = callKernel(backend, 'PadV2', { x: tensor }, { paddings, constantValue: 0 });
  return { padded, giveBack: () => release(backend, padded) };
}

/** The part of a tensor that has the given shape, from the origin; releases the tensor if the part is a new one. */
export function cutChannels(
  backend: WebGPUBackend,
  tensor: TensorInfo,
  shape: readonly number[],
): TensorInfo {
  if (shape.every((size, axis) => size === tensor.shape[axis])) return tensor;
  const begin = shape.map(() => 0);
  const cut = callKernel(backend, 'Slice', { x: tensor }, { begin, size: [...shape] });
  release(backend, tensor);
  return cut;
}
