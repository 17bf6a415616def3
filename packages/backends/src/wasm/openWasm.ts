import { OptionError } from '@normlab/errors';
import type { DeviceOpener } from '../device.js';
import { usableCores } from '../usableCores.js';
import { startWasm } from './startWasm.js';
import { maxTfjsThreads } from './tfjsFunctions.js';
import { threadedModule } from './threadedModule.js';

/** tfjs's WASM backend on all cores, with the kernels that training needs and tfjs lacks. */
export const openWasm: DeviceOpener = async ({ threads = usableCores(), wasmFiles, ...request }) => {
  if (wasmFiles !== undefined) {
    throw new OptionError({
      where: 'openBackend',
      what: 'wasmFiles',
      rule: 'be left out in Node, which reads the files of @tensorflow/tfjs-backend-wasm',
    });
  }
  const { module, pool } = await threadedModule(Math.min(threads, maxTfjsThreads));
  return startWasm({ ...request, threads }, { module, end: () => pool.end() });
};
