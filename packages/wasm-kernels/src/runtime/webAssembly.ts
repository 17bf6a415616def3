/** WebAssembly's memory; a shared one has a SharedArrayBuffer. */
export type WasmMemory = {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  /** Adds pages of 64 KiB; throws a RangeError if there are no more. */
  grow(pages: number): number;
};

/** A compiled module; opaque, and may be sent to a worker. */
export type WasmModuleObject = object;

/** The part of the WebAssembly JavaScript API that we use; neither the ES types nor the Node types contain it. */
export type WebAssemblyApi = {
  readonly Memory: new (descriptor: { initial: number; maximum?: number; shared?: boolean }) => WasmMemory;
  validate(binary: Uint8Array): boolean;
  compile(binary: Uint8Array): Promise<WasmModuleObject>;
  instantiate(
    module: WasmModuleObject,
    imports: { readonly env: { readonly memory: WasmMemory } },
  ): Promise<{ readonly exports: object }>;
};

export const webAssembly: WebAssemblyApi = Reflect.get(globalThis, 'WebAssembly');
