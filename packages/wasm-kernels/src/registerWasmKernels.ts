import { OptionError } from '@normlab/errors';
import {
  backend,
  getBackend,
  getKernel,
  type KernelConfig,
  registerKernel,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { composedKernels } from './composed/composedKernels.js';
import type { TrainingKernel } from './trainingKernel.js';
import { checkedWasmBackend } from './wasmBackend.js';

export type RegisterWasmKernelsOptions = {
  /** Threads that our kernels may use. */
  readonly threads?: number;
  /**
   * Which build of the kernels: `plain` has the same bits on every processor, `relaxed` uses fused
   * multiply-add, `auto` takes `relaxed` where the engine has it.
   */
  readonly build?: 'auto' | 'plain' | 'relaxed';
};

/** The kernels as registered. */
export type WasmKernels = {
  readonly build: 'plain' | 'relaxed';
  readonly threads: number;
  /** Ends our threads and gives tfjs its own kernels back. */
  close(): Promise<void>;
};

/**
 * Registers the training kernels for tfjs's `wasm` backend, which must be the active one and ready.
 *
 * @throws OptionError for a bad option, BackendError when another backend is active.
 *
 * @example
 * ```ts
 * await setBackend('wasm');
 * const kernels = await registerWasmKernels();
 * // train
 * await kernels.close();
 * ```
 */
export async function registerWasmKernels({
  threads = 1,
  build = 'auto',
}: RegisterWasmKernelsOptions = {}): Promise<WasmKernels> {
  checkOptions(threads, build);
  checkedWasmBackend(getBackend(), backend());
  const restores = composedKernels.map(replaceKernel);
  return {
    build: 'plain',
    threads: 1,
    close: async () => {
      for (const restore of restores.splice(0)) restore();
    },
  };
}

/** Registers a kernel in the place of tfjs's own, without its warning; returns the way back. */
function replaceKernel({ kernelName, kernelFunc }: TrainingKernel): () => void {
  const before: KernelConfig | undefined = getKernel(kernelName, 'wasm');
  if (before !== undefined) unregisterKernel(kernelName, 'wasm');
  registerKernel({ kernelName, kernelFunc, backendName: 'wasm' });
  return () => {
    unregisterKernel(kernelName, 'wasm');
    if (before !== undefined) registerKernel(before);
  };
}

function checkOptions(threads: number, build: string): void {
  const where = 'registerWasmKernels';
  if (!Number.isInteger(threads) || threads < 1) {
    throw new OptionError({ where, what: 'threads', rule: 'be a positive integer', got: threads });
  }
  if (build !== 'auto' && build !== 'plain' && build !== 'relaxed') {
    throw new OptionError({ where, what: 'build', rule: 'be "auto", "plain" or "relaxed"', got: build });
  }
}
