import type { FusedKernelName } from '@normlab/kernels';
import { dispose, engine, type NamedAttrMap, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import { tensorOf, type Values } from './tensors.js';

/** Runs a kernel on the active backend and reads its outputs; nothing stays allocated. */
export async function runKernel(
  name: FusedKernelName,
  inputs: Readonly<Record<string, Values | undefined>>,
  attrs: object,
): Promise<Values[]> {
  const given = Object.entries(inputs).filter(([, values]) => values !== undefined);
  const tensors: NamedTensorMap = Object.fromEntries(given.map(([key, values]) => [key, tensorOf(values!)]));
  const outputs = [engine().runKernel<Tensor | Tensor[]>(name, tensors, attrs as NamedAttrMap)].flat();
  const values = await Promise.all(
    outputs.map(async (each) => ({ shape: each.shape, data: Float32Array.from(await each.data()) })),
  );
  dispose([tensors, outputs]);
  return values;
}
