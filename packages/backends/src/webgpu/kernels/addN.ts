import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import { callKernel, release, type WebgpuKernel } from './webgpuKernel.js';

/**
 * Σ of many tensors, in groups of as many as a shader may read.
 *
 * tfjs gives all tensors to one shader, which fails above the device's limit of storage buffers (8 by default).
 */
export const addN: WebgpuKernel = {
  kernelName: 'AddN',
  compute: (inputs, _, backend) => {
    const terms = Object.values(inputs) as TensorInfo[];
    return terms.length <= mostTerms(backend) ? undefined : sumOf(terms, backend);
  },
};

/** The limit of storage buffers, one of which is for the result. */
function mostTerms({ device }: WebGPUBackend): number {
  return device.limits.maxStorageBuffersPerShaderStage - 1;
}

function sumOf(terms: readonly TensorInfo[], backend: WebGPUBackend): TensorInfo {
  const most = mostTerms(backend);
  let [total, ...rest] = terms as [TensorInfo, ...TensorInfo[]];
  for (let isFirst = true; rest.length > 0; isFirst = false) {
    // tfjs's kernel takes an array, though the types of its registry say a record.
    const some: object = [total, ...rest.slice(0, most - 1)];
    const next = callKernel(backend, 'AddN', some as NamedTensorInfoMap, {});
    if (!isFirst) release(backend, total);
    total = next;
    rest = rest.slice(most - 1);
  }
  return total;
}
