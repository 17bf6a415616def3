import { dispose, Tensor, type TensorContainer, tensor, tidy } from '@tensorflow/tfjs-core';
import type { OperationName, Operations } from '../subject.js';
import { isValues, mapTree, type Values } from '../values.js';

/** What becomes of tensors that are read back: values; a scalar becomes a number where losses are wanted. */
type ReadBack<T> = T extends Tensor ? Values : { readonly [K in keyof T]: ReadBack<T[K]> };

/** A tensor of the active backend that holds these values, in float32. */
export function toTensor({ data, shape }: Values): Tensor {
  return tensor(Float32Array.from(data), [...shape], 'float32');
}

/** The values of the tensors that `compute` returns, alone or in records; every tensor it makes is disposed. */
export async function readBack<T>(compute: () => T): Promise<ReadBack<T>> {
  const tensors = tidy(compute as () => TensorContainer);
  try {
    return (await readTree(tensors)) as ReadBack<T>;
  } finally {
    dispose(tensors);
  }
}

/** Operations on tensors as a subject has them, on the backend that is active. Each runs in a `tidy`. */
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
