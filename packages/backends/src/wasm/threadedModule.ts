import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { webAssembly } from '../webAssembly.js';
import { type EmscriptenFactory, tfjsFunctions, type WasmModule } from './tfjsFunctions.js';
import { type WorkerPool, workerPool } from './workerPool.js';

/** Emscripten's script of the module; the module itself and the worker's script are in the same folder. */
export const threadedScript = '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.js';

const require = createRequire(import.meta.url);

/**
 * Instantiates tfjs's threaded WASM module, with its own memory, and starts its workers.
 *
 * tfjs itself never does so in Node: its test for threads needs a browser. The module uses at most half as many threads
 * as there are cores. It imports the function that counts the cores, so here that function returns twice the number of
 * threads wanted.
 */
export async function threadedModule(threads: number): Promise<{ module: WasmModule; pool: WorkerPool }> {
  const script = require.resolve(threadedScript);
  const factory: EmscriptenFactory = require(script);
  const { wasmWorkerContents }: { wasmWorkerContents: string } = require(
    script.replace(/\.js$/, '.worker.js'),
  );
  const compiled = await webAssembly.compile(await readFile(script.replace(/\.js$/, '.wasm')));
  // A string literal in the worker's text contains an unescaped line feed.
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
