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

/** Every block begins at a multiple of this: a line of the processor's cache, which no vector may straddle. */
const lineBytes = 64;

/** Modules whose allocator is ours already. */
const guarded = new WeakSet<WasmModule>();

/**
 * Has tfjs's allocator begin every block at a multiple of 64 bytes, and throw a BackendError when the heap is full.
 *
 * As it ships, blocks begin at 8 mod 16, so that vectors straddle cache lines; and tensors that do not fit come to
 * lie at address 0, one over the other, with byte counts taken modulo 4 GiB.
 *
 * It stays for as long as the module lives, since blocks that were given out have to be freed as they were made.
 */
export function guardAllocator(module: WasmModule, memory: WasmMemory): void {
  if (guarded.has(module)) return;
  guarded.add(module);
  // At their first calls emscripten's own put the compiled functions in their places: let that happen before.
  module._free(module._malloc(1));
  const [allocate, free] = [module._malloc, module._free];
  /** What the module's own allocator gave, by the address that we gave out. */
  const blocks = new Map<number, number>();
  module._malloc = (bytes) => {
    const block = bytes < 2 ** 32 - lineBytes ? allocate(bytes + lineBytes) >>> 0 : 0;
    if (block === 0) throw outOfMemory(bytes, memory.buffer.byteLength);
    const address = Math.ceil(block / lineBytes) * lineBytes;
    blocks.set(address, block);
    return address;
  };
  module._free = (address) => {
    const aligned = address >>> 0;
    free(blocks.get(aligned) ?? address);
    blocks.delete(aligned);
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
