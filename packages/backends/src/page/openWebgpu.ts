import type { DeviceOpener } from '../device.js';
import { startWebgpu } from '../webgpu/startWebgpu.js';
import { requestPageAdapter } from './webgpu.js';

/** tfjs's WebGPU backend on the browser's own adapter. */
export const openWebgpu: DeviceOpener = async (request) => {
  const adapter = await requestPageAdapter(request.adapter);
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  return startWebgpu(request, adapter, (device) => new WebGPUBackend(device, adapter.info));
};
