/** The part of the WebAssembly JavaScript API that we use; the types of ES and Node lack it. */
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

/**
 * Undefined in an engine without WebAssembly, such as Node with `--jitless`; the probes refuse such an engine first.
 */
export const webAssembly: WebAssemblyApi = Reflect.get(globalThis, 'WebAssembly');
