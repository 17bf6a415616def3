import type { FusedKernelName, FusedKernels } from '@normlab/kernels';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import {
  getKernel,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

/** A kernel of ours for the webgpu backend. */
export type WebgpuKernel = {
  readonly kernelName: string;
  /** Returns undefined for a call that it cannot compute; tfjs's own kernel computes it then. */
  readonly compute: (
    inputs: NamedTensorInfoMap,
    attrs: NamedAttrMap,
    backend: WebGPUBackend,
  ) => TensorInfo | TensorInfo[] | undefined;
};

/** A kernel from a typed function; that the inputs have these types is not checked, but left to tfjs's operations. */
export function webgpuKernel<Inputs extends NamedTensorInfoMap, Attrs extends object>(
  kernelName: string,
  compute: (inputs: Inputs, attrs: Attrs, backend: WebGPUBackend) => TensorInfo | TensorInfo[] | undefined,
): WebgpuKernel {
  return {
    kernelName,
    compute: (inputs, attrs, backend) => compute(inputs as Inputs, attrs as NamedAttrMap & Attrs, backend),
  };
}

/** {@link webgpuKernel} for a fused kernel of normlab, with the types of its contract. */
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

/** Frees intermediate results. */
export function release(backend: WebGPUBackend, ...tensors: readonly TensorInfo[]): void {
  for (const { dataId } of tensors) backend.disposeData(dataId);
}
