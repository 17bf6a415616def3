import type { OpenBackendOptions } from '../backend.js';
import type { TfjsModule } from '../wasm/startWasm.js';
import {
  type Emscripten,
  type EmscriptenFactory,
  maxTfjsThreads,
  tfjsFunctions,
} from '../wasm/tfjsFunctions.js';
import { type WasmCode, webAssembly } from '../webAssembly.js';
import { compileFile, compileText } from './compile.js';
import { pthreadPool } from './pthreadPool.js';

type WasmFiles = OpenBackendOptions['wasmFiles'];

/** A fresh copy of tfjs's module for one thread. */
export async function singleModule(files: WasmFiles): Promise<TfjsModule> {
  const [{ makeFactory }, code] = await Promise.all([
    import('../../generated/tfjs/simd.js'),
    files === undefined
      ? import('../../generated/tfjs/simdBinary.js').then(({ binary }) => compileText(binary))
      : compileFile(files.simd),
  ]);
  const module = await instantiate(makeFactory() as EmscriptenFactory, code);
  return { module, end: async () => {} };
}

/**
 * A fresh copy of tfjs's module for several threads, with its workers.
 *
 * The module uses at most half as many threads as there are cores. It imports the function that counts the cores, so
 * here that function returns twice the number of threads wanted.
 */
export async function threadedModule(wanted: number, files: WasmFiles): Promise<TfjsModule> {
  const threads = Math.min(wanted, maxTfjsThreads);
  const [{ makeFactory, workerText }, code] = await Promise.all([
    import('../../generated/tfjs/threadedSimd.js'),
    files === undefined
      ? import('../../generated/tfjs/threadedSimdBinary.js').then(({ binary }) => compileText(binary))
      : compileFile(files.threadedSimd),
  ]);
  const pool = pthreadPool(workerText, threads - 1);
  try {
    const start = instantiate(makeFactory(pool.Worker) as EmscriptenFactory, code, {
      emscripten_num_logical_cores: () => 2 * threads,
      // The original warns on every page that computes in its main thread, which busy-waits for workers.
      emscripten_check_blocking_allowed: () => {},
    });
    const module = await Promise.race([start, pool.failure]);
    module.PThread.unusedWorkers.splice(0, pool.standIns);
    return { module, end: async () => pool.end() };
  } catch (error) {
    pool.end();
    throw error;
  }
}

async function instantiate(
  factory: EmscriptenFactory,
  code: WasmCode,
  overrides: object = {},
): Promise<Emscripten> {
  const module = await new Promise<Emscripten>((resolve, reject) => {
    const ready = factory({
      // Emscripten wants both, but loads nothing from them: the module is compiled, and a worker's source is complete.
      mainScriptUrlOrBlob: 'none',
      locateFile: (file) => file,
      instantiateWasm(imports, receive) {
        const env = { ...imports.env, ...overrides };
        webAssembly
          .instantiate(code, { ...imports, env })
          .then((instance) => receive(instance, code))
          .catch(reject);
        return {};
      },
    });
    ready.then(resolve, reject);
  });
  module.tfjs = tfjsFunctions(module);
  return module;
}
