import type { FusedKernelName } from '@normlab/kernels';
import { dispose, engine, type NamedAttrMap, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import { tensorOf, type Values } from './tensors.js';

/** Runs a kernel on the active backend and reads its outputs; nothing stays allocated. */
export async function runKernel(
  name: FusedKernelName,
  inputs: Readonly<Record<string, Values | readonly Values[] | undefined>>,
  attrs: object,
): Promise<Values[]> {
  const given = Object.entries(inputs).filter(([, values]) => values !== undefined);
  const entries = given.map(([key, values]) => [
    key,
    Array.isArray(values) ? values.map(tensorOf) : tensorOf(values as Values),
  ]);
  // tfjs's type has no lists, but passes them on.
  const tensors: NamedTensorMap = Object.fromEntries(entries);
  const outputs = [engine().runKernel<Tensor | Tensor[]>(name, tensors, attrs as NamedAttrMap)].flat();
  const values = await Promise.all(
    outputs.map(async (each) => ({ shape: each.shape, data: Float32Array.from(await each.data()) })),
  );
  dispose([tensors, outputs]);
  return values;
}
