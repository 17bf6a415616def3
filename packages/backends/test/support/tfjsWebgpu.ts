import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { registerBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import { registerGradients } from '../../src/gradients.js';
import { requestAdapter } from '../../src/webgpu/adapter.js';
import { runsInSoftware } from '../../src/webgpu/describeAdapter.js';
import { registerWebgpuKernels } from '../../src/webgpu/registerWebgpuKernels.js';

/** tfjs's own WebGPU backend, as a program without {@link openBackend} has it. */
export type TfjsWebgpu = {
  readonly device: GPUDevice;
  /** The messages of the device's errors so far. */
  readonly errors: readonly string[];
  close(): Promise<void>;
};

/**
 * Makes tfjs's own WebGPU backend the active one, on a device with WebGPU's default limits: those that every adapter
 * grants and that a page gets by default.
 *
 * @param kernels whether ours are registered in place of tfjs's
 */
export async function openTfjsWebgpu(kernels: 'ours' | "tfjs's"): Promise<TfjsWebgpu> {
  const { dawn, instance, adapter } = await requestAdapter('software');
  for (const [name, value] of Object.entries(dawn.globals)) {
    if (!(name in globalThis)) Object.assign(globalThis, { [name]: value });
  }
  await registerGradients();
  const device = await adapter.requestDevice();
  const errors: string[] = [];
  device.onuncapturederror = ({ error }) => errors.push(error.message);
  // The factory, which tfjs keeps, refers to the instance: Dawn crashes when the instance is garbage-collected first.
  registerBackend('webgpu', () => {
    Object.defineProperty(globalThis, 'navigator', { value: { gpu: instance }, configurable: true });
    try {
      return new WebGPUBackend(device, adapter.info);
    } finally {
      Reflect.deleteProperty(globalThis, 'navigator');
    }
  });
  await setBackend('webgpu');
  const restore =
    kernels === 'ours' ? registerWebgpuKernels({ software: runsInSoftware(adapter.info) }) : () => {};
  return {
    device,
    errors,
    async close() {
      restore();
      removeBackend('webgpu');
      device.destroy();
      await device.lost;
    },
  };
}
