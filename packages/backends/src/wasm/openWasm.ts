import { availableParallelism } from 'node:os';
import { findBackendFactory, registerBackend, removeBackend } from '@tensorflow/tfjs-core';
import type { DeviceOpener } from '../device.js';
import { maxTfjsThreads, threadedModule } from './threadedModule.js';

/** tfjs's WASM backend on all cores, with the kernels it lacks for training. */
export const openWasm: DeviceOpener = async ({
  activate,
  threads = availableParallelism(),
  build = 'auto',
}) => {
  const { BackendWasm, setThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
  const { registerWasmKernels } = await import('@normlab/wasm-kernels');
  // Importing registers tfjs's own way to start it; ours takes its place.
  if (findBackendFactory('wasm') != null) removeBackend('wasm');
  const tfjsThreads = Math.min(threads, maxTfjsThreads);
  const { module, pool } = await threadedModule(tfjsThreads);
  try {
    registerBackend('wasm', () => {
      setThreadsCount(tfjsThreads);
      return new BackendWasm(module);
    });
    await activate();
    const kernels = await registerWasmKernels({ threads, build });
    return {
      description: `wasm: ${threadsText(threads)}, SIMD, ${kernels.build} kernels`,
      threads,
      release: () => kernels.close(),
      // tfjs's own clean-up joins its threads: a worker ended before would let it wait for ever.
      end: () => pool.end(),
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
};

function threadsText(threads: number): string {
  const shared = threads > maxTfjsThreads ? ` (${maxTfjsThreads} for tfjs's own kernels)` : '';
  return `${threads} ${threads === 1 ? 'thread' : 'threads'}${shared}`;
}
