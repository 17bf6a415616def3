import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  type WasmCode,
  type WasmExports,
  type WasmImports,
  type WasmInstance,
  webAssembly,
} from '../webAssembly.js';
import { type Emscripten, tfjsFunctions, type WasmModule } from './tfjsFunctions.js';
import { type WorkerPool, workerPool } from './workerPool.js';

type Factory = (settings: {
  mainScriptUrlOrBlob: string;
  locateFile(file: string): string;
  instantiateWasm(
    imports: WasmImports,
    receive: (instance: WasmInstance, code: WasmCode) => void,
  ): WasmExports;
}) => Promise<Emscripten>;

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
