import { createRequire } from 'node:module';
import { usesWinograd } from '@normlab/kernels';
import { registerWasmKernels } from '@normlab/wasm-kernels';
import '@tensorflow/tfjs-backend-wasm';
import {
  backend,
  clone,
  conv2d,
  engine,
  findBackendFactory,
  getGradient,
  getKernel,
  getKernelsForBackend,
  type KernelConfig,
  memory,
  mul,
  type NamedAttrMap,
  registerBackend,
  registerKernel,
  removeBackend,
  setBackend,
  type Tensor,
  type TensorInfo,
  tensor4d,
  tidy,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { registerGradients } from '../../backends/src/gradients.js';
import { addKernelLayer } from '../src/kernelLayers.js';
import type { WasmBackend } from '../src/wasmBackend.js';

/** Every entry that tfjs has for the backend, in the order of their names, and the gradients that we replace. */
const registry = (): object[] => {
  const kernels = getKernelsForBackend('wasm').sort((a, b) => (a.kernelName < b.kernelName ? -1 : 1));
  return [...kernels, ...['Relu', 'Prelu'].map(getGradient)];
};

/** The places where two registries differ; their entries are too deep to be shown. */
const changes = (before: readonly object[]): string[] =>
  registry().flatMap((entry, i) =>
    entry === before[i] ? [] : [`${i}: ${Reflect.get(entry, 'kernelName')}`],
  );

/** The gradient of a convolution by its filter, which tfjs's backend lacks: Σ x·dy = 1·5 + 2·6 + 3·7 + 4·8. */
const filterGradient = () =>
  tidy(() => {
    const x = tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
    const dy = tensor4d([5, 6, 7, 8], [1, 2, 2, 1]);
    const attrs = { strides: [1, 1], pad: 'valid', dataFormat: 'NHWC', filterShape: [1, 1, 1, 1] };
    return engine().runKernel<Tensor>('Conv2DBackpropFilter', { x, dy }, attrs).dataSync()[0];
  });

/** As two versions of the package in one program. */
async function secondCopy(): Promise<typeof registerWasmKernels> {
  vi.resetModules();
  const copy = await import('@normlab/wasm-kernels');
  expect(copy.registerWasmKernels).not.toBe(registerWasmKernels);
  return copy.registerWasmKernels;
}

const warn = vi.spyOn(console, 'warn');

beforeEach(async () => {
  await registerGradients();
  await setBackend('wasm');
  warn.mockClear();
});
afterEach(() => expect(warn).not.toHaveBeenCalled());

it.each([
  ['the same copy', 'the first closed first', [0, 1]],
  ['the same copy', 'the last closed first', [1, 0]],
  ['two copies', 'the first closed first', [0, 1]],
  ['two copies', 'the last closed first', [1, 0]],
])(
  'two registrations by %s, %s: kernels until the last is closed, then what was before',
  async (copies, _, order) => {
    const before = registry();
    const registerAgain = copies === 'two copies' ? await secondCopy() : registerWasmKernels;
    const registrations = [await registerWasmKernels(), await registerAgain({ build: 'plain' })];
    expect(filterGradient()).toBe(70);
    await registrations[order[0]!]!.close();
    expect(filterGradient()).toBe(70);
    expect(before.includes(getGradient('Relu'))).toBe(false);
    await registrations[order[1]!]!.close();
    await registrations[order[0]!]!.close();
    expect(changes(before)).toEqual([]);
    expect(filterGradient).toThrow("Kernel 'Conv2DBackpropFilter' not registered");
  },
);

it('layers: the newest one for the module computes, what it does not do the next one is asked for', () => {
  const module = (backend() as WasmBackend).wasm;
  const answering = (shape: number[], of = module) => ({
    module: of,
    compute: ({ attrs }: { attrs?: object }) =>
      attrs !== undefined && 'odd' in attrs ? undefined : { dataId: {}, shape, dtype: 'float32' as const },
    end: () => {},
  });
  const shapeOf = (attrs: NamedAttrMap) => {
    const output = getKernel('Layered', 'wasm').kernelFunc({ inputs: {}, attrs, backend: backend() });
    return (output as TensorInfo).shape;
  };
  const original: KernelConfig = {
    kernelName: 'Layered',
    backendName: 'wasm',
    kernelFunc: () => ({ dataId: {}, shape: [0], dtype: 'float32' }),
  };
  registerKernel(original);
  const leaves = [answering([1]), answering([2]), answering([3], { ...module })].map((layer) =>
    addKernelLayer('Layered', layer),
  );
  expect(shapeOf({})).toEqual([2]);
  expect(shapeOf({ odd: true })).toEqual([0]);
  leaves[1]!();
  expect(shapeOf({})).toEqual([1]);
  leaves[0]!();
  expect(shapeOf({})).toEqual([0]);
  expect(getKernel('Layered', 'wasm')).not.toBe(original);
  leaves[2]!();
  expect(getKernel('Layered', 'wasm')).toBe(original);
  unregisterKernel('Layered', 'wasm');
});

it('a backend that is removed takes its kernels with it; the next one has them when they are registered for it', async () => {
  const before = registry();
  const factory = findBackendFactory('wasm');
  const kernels = await registerWasmKernels();
  removeBackend('wasm');
  expect(changes(before)).toEqual([]);
  registerBackend('wasm', factory);
  await setBackend('wasm');
  expect(filterGradient).toThrow('not registered');

  const again = await registerWasmKernels();
  await kernels.close();
  expect(filterGradient()).toBe(70);
  await again.close();
  expect(changes(before)).toEqual([]);
});

it('a backend removed while its kernels compile rejects the registration and leaves nothing registered', async () => {
  const before = registry();
  const factory = findBackendFactory('wasm');
  const refused = expect(registerWasmKernels()).rejects.toThrow(
    'registerWasmKernels: the wasm backend must stay registered while its kernels compile, got "a removed backend"',
  );
  removeBackend('wasm');
  registerBackend('wasm', factory);
  await setBackend('wasm');
  await refused;
  expect(changes(before)).toEqual([]);
  const again = await registerWasmKernels();
  expect(filterGradient()).toBe(70);
  await again.close();
});

it('the backend says that its convolutions may use Winograd’s algorithm while our kernels are registered', async () => {
  expect(usesWinograd()).toBe(false);
  const kernels = await registerWasmKernels();
  expect(usesWinograd()).toBe(true);
  await kernels.close();
  expect(usesWinograd()).toBe(false);
});

it('an entry that somebody else puts in the place of ours stays', async () => {
  const original = getKernel('Relu', 'wasm');
  const kernels = await registerWasmKernels();
  unregisterKernel('Relu', 'wasm');
  const foreign: KernelConfig = { ...original };
  registerKernel(foreign);
  await kernels.close();
  expect(getKernel('Relu', 'wasm')).toBe(foreign);
  unregisterKernel('Relu', 'wasm');
  registerKernel(original);
});

it('tensors made by the kernels outlive their registration', async () => {
  const tensors = memory().numTensors;
  const kernels = await registerWasmKernels();
  const [x, w] = [tensor4d([1, 2, 3, 4], [1, 2, 2, 1]), tensor4d([2], [1, 1, 1, 1])];
  const y = conv2d(x, w, 1, 'valid');
  // The kernels' own Identity: the copy shares its source's memory.
  const shared = clone(y);
  await kernels.close();
  y.dispose();
  const product = mul(shared, x);
  expect([...product.dataSync()]).toEqual([2, 8, 18, 32]);
  for (const each of [x, w, shared, product]) each.dispose();
  expect(memory().numTensors).toBe(tensors);
});

it('a second copy of tfjs-core shares the registry: its operations run on the same kernels', async () => {
  const require = createRequire(import.meta.url);
  const path = require.resolve('@tensorflow/tfjs-core');
  const first: object = require(path);
  delete require.cache[path];
  const second: typeof import('@tensorflow/tfjs-core') = require(path);
  expect(second).not.toBe(first);
  const kernels = await registerWasmKernels();
  expect(second.getKernel('Conv2DBackpropFilter', 'wasm')).toBe(getKernel('Conv2DBackpropFilter', 'wasm'));
  const values = second.tidy(() => {
    const x = second.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
    return second
      .grad((w: Tensor) => second.conv2d(x, w as never, 1, 'valid'))(second.ones([1, 1, 1, 1]))
      .dataSync();
  });
  expect([...values]).toEqual([10]);
  await kernels.close();
  warn.mockClear();
});
