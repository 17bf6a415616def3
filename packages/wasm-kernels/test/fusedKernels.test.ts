import '@tensorflow/tfjs-backend-wasm';
import { fusedKernelNames } from '@normlab/kernels';
import { registerWasmKernels } from '@normlab/wasm-kernels';
import { engine, getKernel, setBackend, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';

it('registers every fused kernel, and takes each back', async () => {
  const missing = () => fusedKernelNames.filter((name) => getKernel(name, 'wasm') === undefined);
  await setBackend('wasm');
  const kernels = await registerWasmKernels();
  expect(missing()).toEqual([]);
  await kernels.close();
  expect(missing()).toEqual(fusedKernelNames);
});

it('refuses tensors of another type than the contract has', async () => {
  await setBackend('wasm');
  const kernels = await registerWasmKernels();
  tidy(() => {
    const inputs = { logits: tensor2d([[1, 2]]), labels: tensor1d([1], 'float32') };
    expect(() => engine().runKernel('NormlabCountCorrect', inputs)).toThrowErrorMatchingInlineSnapshot(
      `[BackendError: NormlabCountCorrect: the inputs and attributes must be supported by the wasm backend, got {"shapes":[[1,2],[1]],"types":["float32","float32"]}.]`,
    );
    expect(() => engine().runKernel('NormlabTotal', { x: tensor1d([1], 'int32') })).toThrow('NormlabTotal');
  });
  await kernels.close();
});
