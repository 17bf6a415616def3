import { BackendError } from '@normlab/errors';
import type { WasmModule } from '../wasmBackend.js';
import { type WasmMemory, webAssembly } from './webAssembly.js';

/** Memory in tfjs's own heap. */
export type Heap = {
  readonly memory: WasmMemory;
  /** @throws BackendError when the heap is full. */
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

/**
 * Has tfjs's allocator throw a BackendError when the heap is full; returns the way back.
 *
 * As it ships, tensors that do not fit come to lie at address 0, one over the other, and byte counts are taken
 * modulo 4 GiB.
 */
export function guardAllocator(module: WasmModule, memory: WasmMemory): () => void {
  // At its first call emscripten's own puts the compiled function in its place: let that happen before.
  module._free(module._malloc(1));
  const original = module._malloc;
  module._malloc = (bytes) => {
    const address = bytes < 2 ** 32 ? original(bytes) : 0;
    // A tensor without entries has no memory either.
    if (address === 0 && bytes !== 0) throw outOfMemory(bytes, memory.buffer.byteLength);
    return address;
  };
  return () => {
    module._malloc = original;
  };
}

function outOfMemory(bytes: number, heapBytes: number): BackendError {
  const mebibytes = (count: number) => `${Math.ceil(count / 2 ** 20)} MiB`;
  return new BackendError({
    where: 'wasm backend',
    what: `${mebibytes(bytes)} more`,
    rule: `fit into the heap, which is at ${mebibytes(heapBytes)} and can grow to 4096 MiB`,
    hint: 'make the batch size smaller, or the network narrower',
  });
}
