import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import {
  getKernel,
  type KernelConfig,
  type KernelFunc,
  type NamedTensorInfoMap,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { adamW } from './kernels/adamW.js';
import { addN } from './kernels/addN.js';
import { batchNorm } from './kernels/batchNorm.js';
import { batchNormGrad } from './kernels/batchNormGrad.js';
import { conv2d } from './kernels/conv2d.js';
import { conv2dBackpropFilter } from './kernels/conv2dBackpropFilter.js';
import { conv2dBackpropInput } from './kernels/conv2dBackpropInput.js';
import { countCorrect } from './kernels/countCorrect.js';
import { crossEntropy } from './kernels/crossEntropy.js';
import { sgdMomentum } from './kernels/sgdMomentum.js';
import { standardize } from './kernels/standardize.js';
import { standardizeGrad } from './kernels/standardizeGrad.js';
import { mean, sum } from './kernels/sums.js';
import { total } from './kernels/total.js';
import { callKernel, release, type WebgpuKernel } from './kernels/webgpuKernel.js';

/**
 * Registers our kernels for the backend `webgpu` in place of tfjs's; calls that ours cannot compute go to tfjs's own.
 *
 * @param software whether the adapter runs on the CPU, with few invocations at a time and slow barriers
 * @returns a function that restores tfjs's own kernels
 */
export function registerWebgpuKernels({ software }: { readonly software: boolean }): () => void {
  const kernels = [
    ...(software ? [conv2d] : []),
    conv2dBackpropInput({ software }),
    conv2dBackpropFilter(software ? 256 : 65_536),
    standardize,
    standardizeGrad,
    batchNorm,
    batchNormGrad,
    sum,
    mean,
    addN,
    sgdMomentum,
    adamW,
    crossEntropy,
    countCorrect,
    total,
  ];
  const ways = kernels.map(replaceKernel);
  return () => {
    for (const back of ways.splice(0)) back();
  };
}

function replaceKernel(kernel: WebgpuKernel): () => void {
  const { kernelName } = kernel;
  const before: KernelConfig | undefined = getKernel(kernelName, 'webgpu');
  if (before !== undefined) unregisterKernel(kernelName, 'webgpu');
  registerKernel({
    ...before,
    kernelName,
    backendName: 'webgpu',
    kernelFunc: (call) => computeOnFloats(kernel, call) ?? before!.kernelFunc(call),
  });
  return () => {
    unregisterKernel(kernelName, 'webgpu');
    if (before !== undefined) registerKernel(before);
  };
}

/**
 * Runs a kernel on inputs whose memory contains floats.
 *
 * tfjs's cast from int32 to float32 changes only the tensor's dtype: the memory still contains integers, which tfjs's
 * own shaders convert when they read them.
 */
function computeOnFloats(
  { compute }: WebgpuKernel,
  { inputs, attrs = {}, backend: active }: Parameters<KernelFunc>[0],
): ReturnType<KernelFunc> | undefined {
  const backend = active as WebGPUBackend;
  const converted: TensorInfo[] = [];
  const toFloats = (tensor: TensorInfo) => {
    if (tensor?.dtype !== 'float32' || backend.tensorMap.get(tensor.dataId).dtype === 'float32')
      return tensor;
    // LeakyRelu with alpha 1 is the identity, and tfjs's shader converts its input.
    const floats = callKernel(backend, 'LeakyRelu', { x: tensor }, { alpha: 1 });
    converted.push(floats);
    return floats;
  };
  // A fused kernel of an optimizer takes lists of tensors.
  const floats = Object.entries(inputs as Readonly<Record<string, TensorInfo | TensorInfo[]>>).map(
    ([name, given]) => [name, Array.isArray(given) ? given.map(toFloats) : toFloats(given)] as const,
  );
  const outputs = compute(Object.fromEntries(floats) as NamedTensorInfoMap, attrs, backend);
  release(backend, ...converted);
  return outputs;
}
