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
    allocate(bytes) {
      // A size or an address above 2 GiB comes back as a negative number.
      const address = module._malloc(bytes) >>> 0;
      if (address === 0) throw outOfMemory(bytes, memory.buffer.byteLength);
      return address;
    },
    free: (address) => module._free(address),
    readWord: (address) => new Uint32Array(memory.buffer, address, 1)[0]!,
  };
}

export function outOfMemory(bytes: number, heapBytes: number): BackendError {
  const mebibytes = (count: number) => `${Math.round(count / 2 ** 20)} MiB`;
  return new BackendError({
    where: 'wasm backend',
    what: `a request for ${mebibytes(bytes)}`,
    rule: `fit into the heap, which is at ${mebibytes(heapBytes)} of at most 4096 MiB`,
    hint: 'a smaller batch size needs less memory',
  });
}
