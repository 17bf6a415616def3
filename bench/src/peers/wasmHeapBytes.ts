import { backend } from '@tensorflow/tfjs-core';

type Memory = { readonly buffer: ArrayBuffer | SharedArrayBuffer };
type Module = { readonly wasmMemory?: Memory; readonly asm?: { readonly memory?: Memory } };

/** Size of the heap of the active wasm backend, which never shrinks: its peak. Undefined for other backends. */
export function wasmHeapBytes(): number | undefined {
  const active: object & { readonly wasm?: Module } = backend();
  return (active.wasm?.wasmMemory ?? active.wasm?.asm?.memory)?.buffer.byteLength;
}
