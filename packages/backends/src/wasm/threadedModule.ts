import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  type WasmCode,
  type WasmExports,
  type WasmImports,
  type WasmInstance,
  webAssembly,
} from './webAssembly.js';
import { type WorkerPool, workerPool } from './workerPool.js';

/** tfjs's compiled WASM module as its backend class takes it. */
export type WasmModule = ConstructorParameters<typeof BackendWasm>[0];

type Emscripten = WasmModule & {
  cwrap(name: string, returns: string | null, takes: readonly string[]): (...args: number[]) => number;
  readonly asm: { dispose(): void };
  readonly PThread: { readonly unusedWorkers: object[] };
};

type Factory = (settings: {
  mainScriptUrlOrBlob: string;
  locateFile(file: string): string;
  instantiateWasm(
    imports: WasmImports,
    receive: (instance: WasmInstance, code: WasmCode) => void,
  ): WasmExports;
}) => Promise<Emscripten>;

/** The most threads that the module's C code takes. */
export const maxTfjsThreads = 8;

/** tfjs's start-up script of the module; the module itself and its worker lie beside it. */
export const threadedScript = '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.js';

const require = createRequire(import.meta.url);

/**
 * Compiles a fresh copy of tfjs's threaded WASM module, with a memory of its own, and starts its workers.
 *
 * tfjs never does so in Node: its check for threads needs a browser. The module's C code takes at most
 * half as many threads as there are cores. The count of cores is an import of the module, so it is told
 * twice the threads wanted.
 */
export async function threadedModule(threads: number): Promise<{ module: WasmModule; pool: WorkerPool }> {
  const script = require.resolve(threadedScript);
  const factory: Factory = require(script);
  const { wasmWorkerContents }: { wasmWorkerContents: string } = require(
    script.replace(/\.js$/, '.worker.js'),
  );
  const compiled = await webAssembly.compile(await readFile(script.replace(/\.js$/, '.wasm')));
  // A string literal in the worker's text holds a bare line feed.
  const pool = workerPool(wasmWorkerContents.replace(/\n/g, '\\n'), threads - 1);
  try {
    const module = await pool.start(() =>
      factory({
        mainScriptUrlOrBlob: script,
        locateFile: (file) => join(dirname(script), file),
        instantiateWasm(imports, receive) {
          const env = { ...imports.env, emscripten_num_logical_cores: () => 2 * threads };
          const instance = new webAssembly.Instance(compiled, { ...imports, env });
          receive(instance, compiled);
          return instance.exports;
        },
      }),
    );
    module.PThread.unusedWorkers.splice(0, pool.standIns);
    module.tfjs = tfjsFunctions(module);
    return { module, pool };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

/** What tfjs's own start-up adds to the module: its C functions, typed. */
function tfjsFunctions({ cwrap, asm }: Emscripten): WasmModule['tfjs'] {
  return {
    init: cwrap('init', null, []),
    initWithThreadsCount: cwrap('init_with_threads_count', null, ['number']),
    getThreadsCount: cwrap('get_threads_count', 'number', []),
    registerTensor: cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: cwrap('dispose_data', null, ['number']),
    // The script's own `dispose` also removes every listener for uncaught errors that the process has.
    dispose: () => asm.dispose(),
  };
}
