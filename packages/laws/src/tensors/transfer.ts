import { dispose, Tensor, type TensorContainer, tensor, tidy } from '@tensorflow/tfjs-core';
import type { OperationName, Operations } from '../subject.js';
import { isValues, mapTree, type Values } from '../values.js';

/** The result of reading tensors back: values, in the same records. */
type ReadBack<T> = T extends Tensor ? Values : { readonly [K in keyof T]: ReadBack<T[K]> };

/** A float32 tensor of the active backend with these values. */
export function toTensor({ data, shape }: Values): Tensor {
  return tensor(Float32Array.from(data), [...shape], 'float32');
}

/** The values of the tensors that `compute` returns, single or in records; all its tensors are disposed. */
export async function readBack<T>(compute: () => T): Promise<ReadBack<T>> {
  const tensors = tidy(compute as () => TensorContainer);
  try {
    return (await readTree(tensors)) as ReadBack<T>;
  } finally {
    dispose(tensors);
  }
}

/** A subject from operations on tensors, on the active backend. Each operation runs in a `tidy`. */
export function onTensors<Name extends OperationName>(
  operations: Pick<Operations<Tensor>, Name>,
): Pick<Operations<Values>, Name> {
  const lifted = Object.entries<(...given: never[]) => unknown>(operations).map(([name, operation]) => [
    name,
    (...given: unknown[]) =>
      readBack(() => operation(...(given.map((each) => mapTree(each, isValues, toTensor)) as never[]))),
  ]);
  return Object.fromEntries(lifted) as Pick<Operations<Values>, Name>;
}

async function readTree(node: unknown): Promise<unknown> {
  if (node instanceof Tensor) return { data: Float32Array.from(await node.data()), shape: node.shape };
  const entries = Object.entries(node as Readonly<Record<string, unknown>>);
  return Object.fromEntries(
    await Promise.all(entries.map(async ([key, each]) => [key, await readTree(each)])),
  );
}
