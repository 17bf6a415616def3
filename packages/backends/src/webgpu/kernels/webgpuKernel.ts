import type { FusedKernelName, FusedKernels } from '@normlab/kernels';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import {
  getKernel,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

/** A kernel of ours before it is registered for the webgpu backend. */
export type WebgpuKernel = {
  readonly kernelName: string;
  /** Undefined where the kernel does not do what is asked: tfjs's own must. */
  readonly compute: (
    inputs: NamedTensorInfoMap,
    attrs: NamedAttrMap,
    backend: WebGPUBackend,
  ) => TensorInfo | TensorInfo[] | undefined;
};

/** Gives a typed computation the untyped signature of tfjs's registry, on the word of the op that calls it. */
export function webgpuKernel<Inputs extends NamedTensorInfoMap, Attrs extends object>(
  kernelName: string,
  compute: (inputs: Inputs, attrs: Attrs, backend: WebGPUBackend) => TensorInfo | TensorInfo[] | undefined,
): WebgpuKernel {
  return {
    kernelName,
    compute: (inputs, attrs, backend) => compute(inputs as Inputs, attrs as NamedAttrMap & Attrs, backend),
  };
}

/** {@link webgpuKernel} for a fused kernel of normlab, typed by its contract. */
export function fusedWebgpuKernel<Name extends FusedKernelName>(
  kernelName: Name,
  compute: (
    inputs: FusedKernels<TensorInfo>[Name]['inputs'],
    attrs: FusedKernels<TensorInfo>[Name]['attrs'],
    backend: WebGPUBackend,
  ) => FusedKernels<TensorInfo>[Name]['outputs'],
): WebgpuKernel {
  return {
    kernelName,
    compute: (inputs, attrs, backend) => compute(inputs as never, attrs as never, backend),
  };
}

/** Calls another kernel of the backend; the caller releases its output. */
export function callKernel(
  backend: WebGPUBackend,
  kernelName: string,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap,
): TensorInfo {
  const output = getKernel(kernelName, 'webgpu').kernelFunc({ inputs, attrs, backend });
  return Array.isArray(output) ? output[0]! : output;
}

/** Gives intermediate results back. */
export function release(backend: WebGPUBackend, ...tensors: readonly TensorInfo[]): void {
  for (const { dataId } of tensors) backend.disposeData(dataId);
}
