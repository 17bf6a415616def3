import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import '@tensorflow/tfjs-backend-wasm';
import { setBackend } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll } from 'vitest';
import { registerGradients } from '../../backends/src/gradients.js';
import { suiteWith } from './harness/suiteOn.js';

// tfjs's own single-threaded module, which its `setBackend` starts in Node: another binary, with another kind of
// memory.
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
