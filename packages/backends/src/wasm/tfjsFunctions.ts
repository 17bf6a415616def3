import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { WasmCode, WasmExports, WasmImports, WasmInstance } from '../webAssembly.js';

/** tfjs's compiled WASM module as its backend class takes it. */
export type WasmModule = ConstructorParameters<typeof BackendWasm>[0];

/** The module as emscripten's script makes it. */
export type Emscripten = WasmModule & {
  cwrap(name: string, returns: string | null, takes: readonly string[]): (...args: number[]) => number;
  readonly asm: { dispose(): void };
  readonly PThread: { readonly unusedWorkers: object[] };
};

/** The function that emscripten's script defines; its promise settles when the module and its workers have loaded. */
export type EmscriptenFactory = (settings: {
  mainScriptUrlOrBlob: string;
  locateFile(file: string): string;
  instantiateWasm(
    imports: WasmImports,
    receive: (instance: WasmInstance, code: WasmCode) => void,
  ): WasmExports;
}) => Promise<Emscripten>;

/** The most threads that the module's C code uses. */
export const maxTfjsThreads = 8;

/** What tfjs's own start-up adds to the module: its C functions, typed. */
export function tfjsFunctions({ cwrap, asm }: Emscripten): WasmModule['tfjs'] {
  return {
    init: cwrap('init', null, []),
    initWithThreadsCount: cwrap('init_with_threads_count', null, ['number']),
    getThreadsCount: cwrap('get_threads_count', 'number', []),
    registerTensor: cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: cwrap('dispose_data', null, ['number']),
    // Not the script's own `dispose`, which also removes all listeners for uncaught errors from the process.
    dispose: () => asm.dispose(),
  };
}
