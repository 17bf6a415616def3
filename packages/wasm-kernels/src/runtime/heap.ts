import type { WasmModule } from '../wasmBackend.js';
import { type WasmMemory, webAssembly } from './webAssembly.js';

/** Memory in tfjs's own heap. */
export type Heap = {
  readonly memory: WasmMemory;
  /** @throws BackendError when the heap is full, once `guardAllocator` has the module. */
  allocate(bytes: number): number;
  free(address: number): void;
  /** The 32 bits at an address. */
  readWord(address: number): number;
};

/** The heap of tfjs's module, or undefined where this build of tfjs does not show its memory. */
export function openHeap(module: WasmModule): Heap | undefined {
  const memory = module.wasmMemory ?? module.asm?.memory;
  if (!(memory instanceof webAssembly.Memory)) return undefined;
  return {
    memory,
    // An address above 2 GiB comes back as a negative number.
    allocate: (bytes) => module._malloc(bytes) >>> 0,
    free: (address) => module._free(address),
    readWord: (address) => new Uint32Array(memory.buffer, address, 1)[0]!,
  };
}

/** A line of the processor's cache: what no vector may straddle, and no two threads should write to. */
export const lineBytes = 64;

export function roundToLine(bytes: number): number {
  return Math.ceil(bytes / lineBytes) * lineBytes;
}
