import { dispose, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Values } from '../values.js';

/** A tensor of the active backend that holds these values, in float32. */
export function toTensor({ data, shape }: Values): Tensor {
  return tensor(Float32Array.from(data), [...shape], 'float32');
}

/** The values of the tensors that `compute` returns; every tensor it makes is disposed. */
export async function readBack<K extends string>(
  compute: () => Readonly<Record<K, Tensor>>,
): Promise<Record<K, Values>> {
  const tensors = tidy(compute);
  try {
    const entries = Object.entries<Tensor>(tensors).map(async ([name, each]): Promise<[string, Values]> => {
      const data = await each.data<'float32'>();
      return [name, { data: Float32Array.from(data), shape: each.shape }];
    });
    return Object.fromEntries(await Promise.all(entries)) as Record<K, Values>;
  } finally {
    dispose(tensors);
  }
}
