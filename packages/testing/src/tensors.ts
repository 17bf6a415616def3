import type { TensorContainer } from '@tensorflow/tfjs-core';
import {
  dispose,
  memory,
  type Rank,
  type ShapeMap,
  type Tensor,
  tensor,
  tidy,
  util,
} from '@tensorflow/tfjs-core';
import type { NdArray } from './arrays.js';
import { normals } from './random.js';

/** Tensors by name. */
type Tensors = Readonly<Record<string, Tensor>>;

/** The array as a float32 tensor. */
export function toTensor({ shape, values }: NdArray): Tensor {
  return tensor(Float32Array.from(values), [...shape], 'float32');
}

/** A tensor of normal numbers. */
export function normalTensor<R extends Rank>(shape: ShapeMap[R], seed: number): Tensor<R> {
  return tensor<R>(normals(util.sizeFromShape(shape), seed), shape);
}

/**
 * The tensors that `compute` returns, as arrays; all of its tensors are disposed afterwards.
 *
 * Always asynchronous: WebGPU can only be read asynchronously.
 */
export async function readAll<T extends Tensors>(compute: () => T): Promise<{ [K in keyof T]: NdArray }> {
  const tensors = tidy(() => ({ ...compute() }));
  const read = await Promise.all(
    Object.entries(tensors).map(async ([name, each]) => [
      name,
      { shape: each.shape, values: Float64Array.from(await each.data()) },
    ]),
  );
  dispose(tensors);
  return Object.fromEntries(read);
}

/** The values of the tensor that `compute` returns. */
export async function read(compute: () => Tensor): Promise<number[]> {
  const { only } = await readAll(() => ({ only: compute() }));
  return [...only.values];
}

/** The number of tensors that a function leaves behind after its result is disposed. */
export function leaked(f: () => TensorContainer): number {
  const before = memory().numTensors;
  dispose(f());
  return memory().numTensors - before;
}
