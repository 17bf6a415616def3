import { BackendError } from '@normlab/errors';
import type { DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import { placeOf } from './runtime/settledAccess.js';
import type { WasmMemory } from './runtime/webAssembly.js';

/** The parts of tfjs's `BackendWasm` that the kernels use. */
export type WasmBackend = KernelBackend & {
  readonly wasm: WasmModule;
  readonly dataIdMap: {
    get: (dataId: TensorInfo['dataId']) => {
      readonly memoryOffset: number;
      readonly shape: readonly number[];
    };
  };
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  /** A view of a tensor's bytes in the heap; invalid after the heap has grown. */
  typedArrayFromHeap(tensor: TensorInfo): Float32Array | Int32Array | Uint8Array;
};

/** tfjs's compiled module: its allocator, and its memory, which the threaded build stores elsewhere. */
export type WasmModule = {
  _malloc(bytes: number): number;
  _free(address: number): void;
  readonly wasmMemory?: WasmMemory;
  readonly asm?: { readonly memory?: WasmMemory };
};

/**
 * The active backend, as a wasm backend.
 *
 * @throws BackendError if another backend is active.
 */
export function checkedWasmBackend(name: string, backend: KernelBackend): WasmBackend {
  if (name !== 'wasm' || !isWasmBackend(backend)) {
    throw new BackendError({
      where: 'registerWasmKernels',
      what: 'the active tfjs backend',
      rule: 'be "wasm"',
      got: name,
      hint: "await setBackend('wasm') first",
    });
  }
  return backend;
}

/** The address of a tensor's values in the heap, for a job: those that write the values may not be done. */
export function addressOf(backend: WasmBackend, tensor: TensorInfo): number {
  return placeOf(backend, tensor.dataId).memoryOffset;
}

/** The shape for which a tensor's memory was made: a reshaped tensor and a clone have that of their source. */
export function storedShapeOf(backend: WasmBackend, tensor: TensorInfo): readonly number[] {
  return placeOf(backend, tensor.dataId).shape;
}

/** A second tensor with the same memory, which is freed with the last of them. */
export function sharedWith(backend: WasmBackend, { dataId, shape, dtype }: TensorInfo): TensorInfo {
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}

function isWasmBackend(backend: KernelBackend): backend is WasmBackend {
  return 'wasm' in backend && 'dataIdMap' in backend && 'makeOutput' in backend;
}
