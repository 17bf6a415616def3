import { findBackendFactory, registerBackend, removeBackend } from '@tensorflow/tfjs-core';
import type { Device, DeviceRequest } from '../device.js';
import { maxTfjsThreads, type WasmModule } from './tfjsFunctions.js';

/** tfjs's module, compiled and with its workers. */
export type TfjsModule = {
  readonly module: WasmModule;
  /** Ends the workers; settles when they are gone. */
  end(): Promise<void>;
};

/** Makes tfjs's WASM backend of its module, and adds the kernels it lacks for training. */
export async function startWasm(
  { activate, threads, build }: DeviceRequest & { readonly threads: number },
  { module, end }: TfjsModule,
): Promise<Device> {
  try {
    const { BackendWasm, setThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
    const { registerWasmKernels, tensorHeap } = await import('@normlab/wasm-kernels');
    // Importing registers tfjs's own way to start it; ours takes its place.
    if (findBackendFactory('wasm') != null) removeBackend('wasm');
    registerBackend('wasm', () => {
      setThreadsCount(Math.min(threads, maxTfjsThreads));
      return new BackendWasm(module);
    });
    await activate();
    const kernels = await registerWasmKernels({ threads, ...(build !== undefined && { build }) });
    return {
      description: `wasm: ${threadsText(threads)}, SIMD, ${kernels.build} kernels`,
      threads,
      tensorHeap,
      release: () => kernels.close(),
      // tfjs's own clean-up joins its threads: a worker ended before would let it wait for ever.
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function threadsText(threads: number): string {
  const shared = threads > maxTfjsThreads ? ` (${maxTfjsThreads} for tfjs's own kernels)` : '';
  return `${threads} ${threads === 1 ? 'thread' : 'threads'}${shared}`;
}
