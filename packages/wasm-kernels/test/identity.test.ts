import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import '@tensorflow/tfjs-backend-wasm';
import { clone, memory, setBackend, tensor1d } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';

let kernels: WasmKernels;

beforeAll(async () => {
  await setBackend('wasm');
  kernels = await registerWasmKernels();
});

afterAll(() => kernels.close());

it('a clone shares its source’s memory, and either outlives the other', () => {
  const before = memory();
  for (const disposedFirst of [0, 1]) {
    const source = tensor1d([1, 2, 3]);
    const pair = [source, clone(source)];
    expect(memory().numDataBuffers).toBe(before.numDataBuffers + 1);
    expect(memory().numTensors).toBe(before.numTensors + 2);
    pair[disposedFirst]!.dispose();
    const overwrite = tensor1d([7, 7, 7]);
    expect([...pair[1 - disposedFirst]!.dataSync()]).toEqual([1, 2, 3]);
    pair[1 - disposedFirst]!.dispose();
    overwrite.dispose();
  }
  expect(memory().numDataBuffers).toBe(before.numDataBuffers);
  expect(memory().numTensors).toBe(before.numTensors);
});
