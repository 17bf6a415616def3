import type { WasmModule } from '../wasmBackend.js';
import { type PendingJobs, pendingJobs } from './pendingJobs.js';
import { type WasmMemory, webAssembly } from './webAssembly.js';

/** Memory in tfjs's own heap. */
export type Heap = {
  readonly memory: WasmMemory;
  /** @throws BackendError if the heap is full and `guardAllocator` guards the module. */
  allocate(bytes: number): number;
  free(address: number): void;
  /** The jobs that may still work on the memory. */
  readonly jobs: PendingJobs;
};

/** The heap of tfjs's module, or undefined if this build of tfjs does not expose its memory. */
export function openHeap(module: WasmModule): Heap | undefined {
  const memory = module.wasmMemory ?? module.asm?.memory;
  if (!(memory instanceof webAssembly.Memory)) return undefined;
  return {
    memory,
    // An address above 2 GiB is returned as a negative number.
    allocate: (bytes) => module._malloc(bytes) >>> 0,
    free: (address) => module._free(address),
    jobs: pendingJobs(module),
  };
}

/** The size of a cache line: vectors must not straddle lines, and two threads should not write to the same line. */
export const lineBytes = 64;

export function roundToLine(bytes: number): number {
  return Math.ceil(bytes / lineBytes) * lineBytes;
}
