import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { getKernel, type KernelConfig, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { conv2d } from './kernels/conv2d.js';
import { conv2dBackpropFilter } from './kernels/conv2dBackpropFilter.js';
import { conv2dBackpropInput } from './kernels/conv2dBackpropInput.js';
import { standardize } from './kernels/standardize.js';
import { standardizeGrad } from './kernels/standardizeGrad.js';
import { mean, sum } from './kernels/sums.js';
import type { WebgpuKernel } from './kernels/webgpuKernel.js';

/**
 * Registers our kernels for the backend `webgpu` under tfjs's names; what one of them does not do goes to
 * tfjs's own.
 *
 * @param software whether the adapter runs on the processor: few invocations at a time, dear barriers
 * @returns the way back to tfjs's own kernels
 */
export function registerWebgpuKernels({ software }: { readonly software: boolean }): () => void {
  const kernels = [
    ...(software ? [conv2d] : []),
    conv2dBackpropInput,
    conv2dBackpropFilter(software ? 256 : 65_536),
    standardize,
    standardizeGrad,
    sum,
    mean,
  ];
  const ways = kernels.map(replaceKernel);
  return () => {
    for (const back of ways.splice(0)) back();
  };
}

function replaceKernel({ kernelName, compute }: WebgpuKernel): () => void {
  const before: KernelConfig | undefined = getKernel(kernelName, 'webgpu');
  if (before !== undefined) unregisterKernel(kernelName, 'webgpu');
  registerKernel({
    ...before,
    kernelName,
    backendName: 'webgpu',
    kernelFunc: (call) =>
      compute(call.inputs, call.attrs ?? {}, call.backend as WebGPUBackend) ?? before!.kernelFunc(call),
  });
  return () => {
    unregisterKernel(kernelName, 'webgpu');
    if (before !== undefined) registerKernel(before);
  };
}
