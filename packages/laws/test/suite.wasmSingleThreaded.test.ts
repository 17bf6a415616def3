import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import '@tensorflow/tfjs-backend-wasm';
import { setBackend } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll } from 'vitest';
import { registerGradients } from '../../backends/src/gradients.js';
import { suiteWith } from './harness/suiteOn.js';

// tfjs's own module of one thread, as its `setBackend` starts it in Node: another binary, with other memory.
for (const build of ['plain', 'auto'] as const) {
  suiteWith(`tfjs's single-threaded wasm with registerWasmKernels({ build: '${build}' })`, 10, () => {
    let kernels: WasmKernels;
    beforeAll(async () => {
      await registerGradients();
      await setBackend('wasm');
      kernels = await registerWasmKernels({ build });
    });
    afterAll(() => kernels.close());
  });
}
