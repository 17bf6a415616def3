import { unitRoundoff, worstExcess } from '@normlab/testing';
import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import '@tensorflow/tfjs-backend-cpu';
import {
  clone,
  engine,
  type NamedTensorMap,
  reshape,
  setBackend,
  type Tensor,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomValues, type Values } from './support/bothBackends.js';

let kernels: WasmKernels;

beforeAll(async () => {
  await setBackend('wasm');
  kernels = await registerWasmKernels();
});

afterAll(() => kernels.close());

const conv = { strides: 1, pad: 'same', dilations: 1, dataFormat: 'NHWC' };

/** Each has four results of at most 36 products below 1. */
const fused: { kernel: string; inputs: Record<string, Values>; attrs: object }[] = [
  {
    kernel: 'FusedConv2D',
    inputs: { x: randomValues([2, 3, 5, 4], 1), filter: randomValues([3, 3, 4, 4], 2) },
    attrs: conv,
  },
  {
    kernel: 'FusedDepthwiseConv2D',
    inputs: { x: randomValues([2, 3, 5, 2], 1), filter: randomValues([3, 3, 2, 2], 2) },
    attrs: conv,
  },
  {
    kernel: '_FusedMatMul',
    inputs: { a: randomValues([1, 3, 5], 1), b: randomValues([1, 5, 4], 2) },
    attrs: { transposeA: false, transposeB: false },
  },
];

const activations = ['linear', 'relu', 'relu6', 'sigmoid', 'elu', 'leakyrelu', 'prelu'];

describe.each(fused)('$kernel', ({ kernel, inputs, attrs }) => {
  /** Its result with a bias that is made by `biasOf`; the function makes tensors on the active backend. */
  async function resultOn(backend: string, activation: string, biasOf: () => Tensor): Promise<Float32Array> {
    await setBackend(backend);
    return tidy(() => {
      const tensors: NamedTensorMap = { bias: biasOf() };
      for (const [name, { values, shape }] of Object.entries(inputs)) tensors[name] = tensor(values, shape);
      if (activation === 'prelu') tensors.preluActivationWeights = tensor([0.1, 0.2, 0.3, 0.4]);
      const all = { ...attrs, activation, leakyreluAlpha: 0.3 };
      return (engine().runKernel(kernel, tensors, all) as Tensor).dataSync<'float32'>();
    });
  }

  async function expectCpu(activation: string, biasOf: () => Tensor): Promise<void> {
    const actual = await resultOn('wasm', activation, biasOf);
    const expected = await resultOn('cpu', activation, biasOf);
    // Sums of 36 products below 1 and a bias; slopes are at most 1; each backend has its own exponential.
    const bound = 2 * (37 * 38 + 8) * unitRoundoff;
    expect(worstExcess(actual, expected, () => bound)).toBeLessThanOrEqual(1);
  }

  it.each(activations)('a reshaped bias and its clone, %s: wasm ≈ cpu', async (activation) => {
    const source = () => tensor([5, 6, -7, 0.5], [2, 2]);
    await expectCpu(activation, () => reshape(source(), [4]));
    await expectCpu(activation, () => clone(reshape(source(), [4])));
  });

  it.each(['linear', 'relu6', 'prelu'])('other biases that broadcast, %s: wasm ≈ cpu', async (activation) => {
    await expectCpu(activation, () => tensor(5));
    await expectCpu(activation, () => tensor([5]));
    await expectCpu(activation, () => tensor([5, 6, -7, 0.5], [1, 4]));
    // One per row.
    const rows = kernel === '_FusedMatMul' ? [3, 1] : [3, 1, 1];
    await expectCpu(activation, () => reshape(tensor([1, 2, -3]), rows));
  });
});
