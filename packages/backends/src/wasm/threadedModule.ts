import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BackendError } from '@normlab/errors';
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
  _malloc(bytes: number): number;
  readonly asm: { dispose(): void; malloc(bytes: number): number };
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
    module._malloc = (bytes) => allocate(module, bytes);
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

/** tfjs writes to address 0 when the memory is used up, and takes byte counts modulo 4 GiB. */
function allocate({ asm }: Emscripten, bytes: number): number {
  const address = bytes < 2 ** 32 ? asm.malloc(bytes) : 0;
  if (address !== 0) return address;
  throw new BackendError({
    where: 'wasm',
    what: 'a new tensor',
    rule: 'fit into what is left of the 4 GiB that WebAssembly can address',
    got: `${(bytes / 2 ** 20).toFixed(1)} MiB`,
    hint: 'make the batch smaller, or the network narrower',
  });
}
