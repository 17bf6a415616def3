import { BackendError, OptionError, refuseOthers } from '@normlab/errors';
import { backend, engine, getBackend } from '@tensorflow/tfjs-core';
import { composedKernels } from './composed/composedKernels.js';
import { addKernelLayer } from './kernelLayers.js';
import { batchNormKernels } from './kernels/batchNormKernels.js';
import { binaryKernels } from './kernels/binaryKernels.js';
import { classificationKernels } from './kernels/classificationKernels.js';
import { convolutionKernels } from './kernels/convolutionKernels.js';
import { depthwiseKernels } from './kernels/depthwiseKernels.js';
import { elementwiseKernels } from './kernels/elementwiseKernels.js';
import { replaceGradients } from './kernels/fusedGradients.js';
import { sharingIdentity } from './kernels/identity.js';
import { matMulKernel } from './kernels/matMul.js';
import { optimizerKernels } from './kernels/optimizerKernels.js';
import { poolKernels } from './kernels/poolKernels.js';
import { sliceKernel } from './kernels/slice.js';
import { standardizeKernels } from './kernels/standardizeKernels.js';
import { sumKernels, totalKernel } from './kernels/sumKernels.js';
import { guardAllocator } from './runtime/guardAllocator.js';
import { openHeap } from './runtime/heap.js';
import { keepFilters } from './runtime/keptFilters.js';
import { type Build, type KernelRuntime, openKernelRuntime } from './runtime/kernelRuntime.js';
import { hasRelaxedSimd } from './runtime/relaxedSimd.js';
import { settleBeforeAccess } from './runtime/settledAccess.js';
import { joinVectors, lackingWideVectors } from './runtime/wideVectors.js';
import { firstOf, type TrainingKernel } from './trainingKernel.js';
import { checkedWasmBackend, type WasmBackend, type WasmModule } from './wasmBackend.js';

export type RegisterWasmKernelsOptions = {
  /** The number of threads of our kernels; more than 1 needs shared memory of tfjs's module. 1 by default. */
  readonly threads?: number;
  /**
   * Which build of the kernels: `plain` has the same bits on every processor, `relaxed` uses fused
   * multiply-add, `auto` takes `relaxed` if the engine supports it. `wide` has the bits of `relaxed`, and joins pairs of
   * vectors to 256 bits: in Node 24 and later on x64, whose V8 has an experimental flag for it; faster where the processor
   * has AVX2.
   */
  readonly build?: 'auto' | Build;
};

/** The kernels as registered. */
export type WasmKernels = {
  readonly build: Build;
  readonly threads: number;
  /**
   * Ends our threads and restores what tfjs had before: its own kernels, or those of an earlier registration that is
   * still open. tfjs's `removeBackend` does the same.
   */
  close(): Promise<void>;
};

/**
 * Registers the training kernels for tfjs's `wasm` backend, which must be the active one and ready.
 *
 * A second call on the same backend, by this copy of the package or by another one, gives its kernels precedence over
 * those of the first: the newest open registration is used, with its threads and build, and they may be closed in any
 * order. The kernels belong to the backend that was active: a new backend has tfjs's own kernels until this is called
 * again.
 *
 * @throws OptionError for a bad option, BackendError when another backend is active, or the backend is removed before
 *   the promise settles.
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
  ...others
}: RegisterWasmKernelsOptions = {}): Promise<WasmKernels> {
  refuseOthers('registerWasmKernels', others, ['threads', 'build']);
  checkOptions(threads, build);
  const wasmBackend = checkedWasmBackend(getBackend(), backend());
  const runtime = await openRuntime(wasmBackend.wasm, build, threads);
  // Not findBackend, which would start a new backend.
  if (engine().registry.wasm !== wasmBackend) {
    await runtime.close();
    throw new BackendError({
      where: 'registerWasmKernels',
      what: 'the wasm backend',
      rule: 'stay registered while its kernels compile',
      got: 'a removed backend',
      hint: 'call it again once the next wasm backend is active',
    });
  }
  return registerRuntime(runtime, wasmBackend);
}

/** Registers the kernels of an open runtime; closing them closes it. */
export function registerRuntime(runtime: KernelRuntime, wasmBackend: WasmBackend): WasmKernels {
  const { wasm } = wasmBackend;
  guardAllocator(wasm, runtime.heap.memory);
  settleBeforeAccess(wasmBackend);
  const filters = keepFilters(runtime.heap, wasmBackend);
  const kernels = [
    ...convolutionKernels(runtime, filters),
    ...depthwiseKernels(runtime),
    ...standardizeKernels(runtime),
    ...batchNormKernels(runtime),
    ...sumKernels(runtime),
    ...elementwiseKernels(runtime),
    ...optimizerKernels(runtime),
    ...binaryKernels(runtime),
    ...poolKernels(runtime),
    matMulKernel(runtime),
    sliceKernel(runtime),
    ...classificationKernels(runtime),
    totalKernel(runtime),
    sharingIdentity,
    ...composedKernels,
  ];
  let closing: Promise<void> | undefined;
  const close = () => {
    if (closing === undefined) {
      for (const leave of leaves) leave();
      filters.close();
      closing = runtime.close();
    }
    return closing;
  };
  const leaves = [...addKernels(kernels, wasm, close), replaceGradients()];
  return { build: runtime.build, threads: runtime.threads, close };
}

async function openRuntime(wasm: WasmModule, build: 'auto' | Build, threads: number): Promise<KernelRuntime> {
  const heap = openHeap(wasm);
  if (heap === undefined) {
    throw new BackendError({
      where: 'registerWasmKernels',
      what: 'the memory of the wasm backend',
      rule: 'be reachable',
      hint: 'tfjs-backend-wasm 4.0.0 to 4.22.0 show it',
    });
  }
  const chosen = chosenBuild(build);
  if (chosen === 'wide') joinVectors();
  return openKernelRuntime(heap, chosen, threads);
}

/** @throws BackendError if the engine lacks what the build needs */
function chosenBuild(build: 'auto' | Build): Build {
  if (build === 'plain') return build;
  const isRelaxed = hasRelaxedSimd();
  if (build === 'auto') return isRelaxed ? 'relaxed' : 'plain';
  const refusal = { where: 'registerWasmKernels', what: 'build', got: build };
  if (!isRelaxed) {
    throw new BackendError({ ...refusal, rule: 'be "plain" or "auto", as the engine has no relaxed SIMD' });
  }
  const lacking = build === 'wide' ? lackingWideVectors() : undefined;
  if (lacking !== undefined) {
    throw new BackendError({
      ...refusal,
      rule: `be "relaxed" or "auto": "wide" needs a V8 that joins vectors, as in Node 24 and later on x64, and this is ${lacking}`,
    });
  }
  return build;
}

/** Kernels of the same name become one layer, in their order. */
function addKernels(
  kernels: readonly TrainingKernel[],
  module: WasmModule,
  close: () => Promise<void>,
): (() => void)[] {
  const names = [...new Set(kernels.map(({ kernelName }) => kernelName))];
  return names.map((kernelName) => {
    const compute = firstOf(kernels.filter((kernel) => kernel.kernelName === kernelName));
    return addKernelLayer(kernelName, { module, compute, end: () => void close() });
  });
}

function checkOptions(threads: number, build: string): void {
  const where = 'registerWasmKernels';
  if (!Number.isInteger(threads) || threads < 1) {
    throw new OptionError({ where, what: 'threads', rule: 'be a positive integer', got: threads });
  }
  if (!['auto', 'plain', 'relaxed', 'wide'].includes(build)) {
    throw new OptionError({
      where,
      what: 'build',
      rule: 'be "auto", "plain", "relaxed" or "wide"',
      got: build,
    });
  }
}
