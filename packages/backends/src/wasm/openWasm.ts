import { findBackendFactory, registerBackend, removeBackend } from '@tensorflow/tfjs-core';
import type { DeviceOpener } from '../device.js';
import { wasmModule } from './wasmModule.js';

/** tfjs's WASM backend with the kernels it lacks for training. */
export const openWasm: DeviceOpener = async ({ activate }) => {
  const { BackendWasm } = await import('@tensorflow/tfjs-backend-wasm');
  // Importing registers tfjs's own way to start it; ours takes its place.
  if (findBackendFactory('wasm') != null) removeBackend('wasm');
  const module = await wasmModule();
  registerBackend('wasm', () => new BackendWasm(module));
  await activate();
  const { registerWasmKernels } = await import('@normlab/wasm-kernels');
  const kernels = await registerWasmKernels({ threads: 1 });
  return {
    description: `wasm: 1 thread, ${kernels.build} kernels`,
    threads: 1,
    release: () => kernels.close(),
  };
};
