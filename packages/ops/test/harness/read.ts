import { dispose, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { NdArray } from '../reference/ndArray.js';

/** Tensors by name. */
type Tensors = Readonly<Record<string, Tensor>>;

/**
 * What `compute` gives, as arrays; all its tensors are gone afterwards.
 *
 * Always asynchronous: WebGPU cannot be read otherwise.
 */
export async function readAll<T extends Tensors>(compute: () => T): Promise<{ [K in keyof T]: NdArray }> {
  const tensors = tidy(() => ({ ...compute() }));
  const read = await Promise.all(
    Object.entries(tensors).map(async ([name, tensor]) => [
      name,
      { shape: tensor.shape, values: Float64Array.from(await tensor.data()) },
    ]),
  );
  dispose(tensors);
  return Object.fromEntries(read);
}

/** The values of the tensor that `compute` gives. */
export async function read(compute: () => Tensor): Promise<number[]> {
  const { tensor } = await readAll(() => ({ tensor: compute() }));
  return [...tensor.values];
}
