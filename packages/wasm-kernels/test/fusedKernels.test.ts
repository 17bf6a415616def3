import '@tensorflow/tfjs-backend-wasm';
import { fusedKernelNames } from '@normlab/kernels';
import { registerWasmKernels } from '@normlab/wasm-kernels';
import { getKernel, setBackend } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';

it('registers every fused kernel, and takes each back', async () => {
  const missing = () => fusedKernelNames.filter((name) => getKernel(name, 'wasm') === undefined);
  await setBackend('wasm');
  const kernels = await registerWasmKernels();
  expect(missing()).toEqual([]);
  await kernels.close();
  expect(missing()).toEqual(fusedKernelNames);
});
