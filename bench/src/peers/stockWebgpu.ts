import { type OpenBackend, openBackend } from '@normlab/backends';
import { getKernel, getKernelsForBackend, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';

/** Opens a GPU as our backend does, and restores tfjs's own kernels. */
export async function openStockWebgpu(adapter: string | undefined): Promise<OpenBackend> {
  await import('@tensorflow/tfjs-backend-webgpu');
  const own = getKernelsForBackend('webgpu');
  const backend = await openBackend('webgpu', adapter === undefined ? {} : { adapter });
  for (const kernel of own) {
    if (getKernel(kernel.kernelName, 'webgpu') === kernel) continue;
    unregisterKernel(kernel.kernelName, 'webgpu');
    registerKernel(kernel);
  }
  return backend;
}
