/** The part of the WebAssembly JavaScript API that we use; neither the ES nor the Node types hold it. */
export type WebAssemblyApi = {
  compile(bytes: Uint8Array): Promise<WasmCode>;
  instantiate(code: WasmCode, imports: WasmImports): Promise<WasmInstance>;
  validate(bytes: Uint8Array): boolean;
  readonly Instance: new (code: WasmCode, imports: WasmImports) => WasmInstance;
};

export type WasmCode = object;
export type WasmImports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
export type WasmExports = Readonly<Record<string, unknown>>;
export type WasmInstance = { readonly exports: WasmExports };

/** Undefined in an engine without it, as Node with `--jitless` is: nothing but the probe runs there. */
export const webAssembly: WebAssemblyApi = Reflect.get(globalThis, 'WebAssembly');
