import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { callKernel, release } from './webgpuKernel.js';

/** The multiple of four that n channels are padded to: shaders read four at a time. */
export function paddedChannels(n: number): number {
  return 4 * Math.ceil(n / 4);
}

/**
 * A tensor with zeros after the given axes up to a multiple of four, and the way to give it back.
 *
 * Where nothing is missing it is the tensor itself.
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

/** The first channels of a tensor, which is given back where a new one is made. */
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
