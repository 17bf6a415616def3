import { openBackend } from '@normlab/backends';
import { backend, engine, memory, type NamedAttrMap, tidy } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import type { WasmBackend } from '../src/wasmBackend.js';
import { tensorsOf } from './support/bothBackends.js';
import { kernelRuns } from './support/kernelRuns.js';

it('10 000 calls of kernels leave no tensor and no block of the heap behind', async () => {
  const opened = await openBackend('wasm', { threads: 2 });
  const { wasm } = backend() as WasmBackend;
  const [allocate, free] = [wasm._malloc, wasm._free];
  let blocks = 0;
  wasm._malloc = (bytes) => {
    blocks++;
    return allocate(bytes);
  };
  wasm._free = (address) => {
    blocks--;
    free(address);
  };
  const inputs = kernelRuns.map((run) => tensorsOf(run.inputs));
  const callAll = () => {
    for (const [i, { kernel, attrs }] of kernelRuns.entries()) {
      tidy(() => {
        engine().runKernel(kernel, inputs[i]!, attrs as NamedAttrMap);
      });
    }
  };
  callAll();
  // From their second use on, filters are kept in the form of the convolutions.
  callAll();
  const before = { blocks, tensors: memory().numTensors, buffers: memory().numDataBuffers };
  for (let calls = 0; calls < 10_000; calls += kernelRuns.length) callAll();
  expect({ blocks, tensors: memory().numTensors, buffers: memory().numDataBuffers }).toEqual(before);
  Object.assign(wasm, { _malloc: allocate, _free: free });
  await opened.close();
});
