import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** tfjs's compiled WASM module as its backend class takes it. */
export type WasmModule = ConstructorParameters<typeof BackendWasm>[0];

type Emscripten = WasmModule & {
  cwrap(name: string, returns: string | null, takes: readonly string[]): (...args: number[]) => number;
};
type Factory = (settings: { locateFile(path: string, prefix: string): string }) => Promise<Emscripten>;

const require = createRequire(import.meta.url);

/** Compiles a fresh copy of tfjs's WASM module, with a memory of its own: SIMD, one thread. */
export async function wasmModule(): Promise<WasmModule> {
  const script = require.resolve('@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js');
  const factory: Factory = require(script);
  const module = await factory({
    locateFile: (path, prefix) =>
      path.endsWith('.wasm') ? join(dirname(script), 'tfjs-backend-wasm-simd.wasm') : prefix + path,
  });
  module.tfjs = tfjsFunctions(module);
  return module;
}

/** What tfjs's own start-up code adds to the module: its C functions, typed. */
function tfjsFunctions({ cwrap }: Emscripten): WasmModule['tfjs'] {
  return {
    init: cwrap('init', null, []),
    initWithThreadsCount: cwrap('init_with_threads_count', null, ['number']),
    getThreadsCount: cwrap('get_threads_count', 'number', []),
    registerTensor: cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: cwrap('dispose_data', null, ['number']),
    dispose: cwrap('dispose', null, []),
  };
}
