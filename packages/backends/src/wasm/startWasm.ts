import { findBackendFactory, registerBackend, removeBackend } from '@tensorflow/tfjs-core';
import type { Device, DeviceRequest } from '../device.js';
import { maxTfjsThreads, type WasmModule } from './tfjsFunctions.js';

/** tfjs's module, compiled and with its workers. */
export type TfjsModule = {
  readonly module: WasmModule;
  /** Ends the workers; settles when they are gone. */
  end(): Promise<void>;
};

/** Starts tfjs's WASM backend on its module, and adds the kernels that training needs and tfjs lacks. */
export async function startWasm(
  { activate, afterRemoval, threads, build }: DeviceRequest & { readonly threads: number },
  { module, end }: TfjsModule,
): Promise<Device> {
  // Removing the backend joins tfjs's threads, and would wait for ever for a worker that has ended.
  afterRemoval(end);
  const { BackendWasm, setThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
  const { registerWasmKernels, tensorHeap } = await import('@normlab/wasm-kernels');
  // The import registers tfjs's own factory of the backend, which the next one replaces.
  if (findBackendFactory('wasm') != null) removeBackend('wasm');
  registerBackend('wasm', () => {
    setThreadsCount(Math.min(threads, maxTfjsThreads));
    return new BackendWasm(module);
  });
  await activate();
  const kernels = await registerWasmKernels({ threads, ...(build !== undefined && { build }) });
  return {
    description: `wasm: ${threadsText(kernels.threads)}, SIMD, ${kernels.build} kernels`,
    threads: kernels.threads,
    tensorHeap,
    release: () => kernels.close(),
  };
}

function threadsText(threads: number): string {
  const shared = threads > maxTfjsThreads ? ` (${maxTfjsThreads} for tfjs's own kernels)` : '';
  return `${threads} ${threads === 1 ? 'thread' : 'threads'}${shared}`;
}
