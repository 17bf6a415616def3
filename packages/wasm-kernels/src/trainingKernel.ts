import type { KernelFunc, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmBackend } from './wasmBackend.js';

/** A kernel of ours before it is registered for the wasm backend. */
export type TrainingKernel = {
  readonly kernelName: string;
  readonly kernelFunc: KernelFunc;
};

/** What a kernel computes, with its inputs and attributes under the types that tfjs declares for it. */
type Compute<Inputs, Attrs> = (
  inputs: Inputs,
  attrs: Attrs,
  backend: WasmBackend,
) => TensorInfo | TensorInfo[];

/**
 * Gives a typed computation the untyped signature of tfjs's registry.
 *
 * The registry knows inputs and attributes only as maps; this is the one place where they get their
 * types, on the word of the op that calls the kernel.
 */
export function trainingKernel<Inputs extends NamedTensorInfoMap, Attrs extends object>(
  kernelName: string,
  compute: Compute<Inputs, Attrs>,
): TrainingKernel {
  const kernelFunc = ({ inputs, attrs, backend }: Parameters<KernelFunc>[0]): TensorInfo | TensorInfo[] =>
    compute(inputs as Inputs, (attrs ?? {}) as NamedAttrMap & Attrs, backend as WasmBackend);
  return { kernelName, kernelFunc };
}
