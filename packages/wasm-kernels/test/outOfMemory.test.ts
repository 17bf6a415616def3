import { BackendError } from '@normlab/errors';
import { registerWasmKernels } from '@normlab/wasm-kernels';
import '@tensorflow/tfjs-backend-wasm';
import { backend, engine, memory, setBackend, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { firstOf, trainingKernel } from '../src/trainingKernel.js';

it('a full heap is an error that names the batch size, and leaves tensors and kernels as they were', async () => {
  await setBackend('wasm');
  const kernels = await registerWasmKernels();
  const wasm = backend() as ReturnType<typeof backend> & {
    makeOutput(shape: number[], dtype: string): TensorInfo;
  };
  // 2 GiB that nothing writes to, seen as a tensor: its square does not fit beside it.
  const half = wasm.makeOutput([2 ** 29], 'float32');
  const x: Tensor = engine().makeTensorFromTensorInfo(half);
  const before = [memory().numTensors, wasm.numDataIds()];
  const multiply = () => engine().runKernel('Relu', { x });
  expect(multiply).toThrow(BackendError);
  expect(multiply).toThrow('2048 MiB more must fit into the heap');
  expect(multiply).toThrow('make the batch size smaller');
  expect(() => wasm.makeOutput([2 ** 31], 'float32')).toThrow('8192 MiB more');
  expect([memory().numTensors, wasm.numDataIds()]).toEqual(before);

  x.dispose();
  await kernels.close();
});

it('a kernel that fails half-way leaves no output behind', async () => {
  await setBackend('wasm');
  const failing = trainingKernel('Failing', (_: object, __: object, wasm) => {
    wasm.makeOutput([10], 'float32');
    throw new Error('half-way');
  });
  const before = backend().numDataIds();
  const run = firstOf([failing]);
  expect(() => run({ inputs: {}, backend: backend() })).toThrow('half-way');
  expect(backend().numDataIds()).toBe(before);
});
