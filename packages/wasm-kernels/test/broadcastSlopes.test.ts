import { unitRoundoff } from '@normlab/testing';
import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import { prelu, setBackend, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { magnitudes, randomValues, runOn, type Values, worstExcess } from './support/bothBackends.js';

let kernels: WasmKernels;

beforeAll(async () => {
  await setBackend('wasm');
  kernels = await registerWasmKernels();
});

afterAll(() => kernels.close());

const shapes = [[3, 4, 5], [5], [1], [3, 1, 1], [3, 4, 1], [3, 1, 5], [1, 4, 1], [1, 4, 5]];

it.each(shapes.map((shape) => [shape]))('prelu with slopes %j: wasm = cpu', async (shape) => {
  const inputs = { x: randomValues([2, 3, 4, 5], 1), alpha: randomValues(shape, 2) };
  // Each result is rounded once.
  expect(await runOn('wasm', 'Prelu', inputs, {})).toEqual(await runOn('cpu', 'Prelu', inputs, {}));
});

/** Whole numbers from −2 to 2 but 0, whose product with a negative number has another sign in tfjs's C code. */
function integers(shape: number[], seed: number): Values {
  const { values } = randomValues(shape, seed);
  return {
    shape,
    values: Int32Array.from(values, (value) => Math.sign(value) * Math.ceil(Math.abs(2 * value))),
  };
}

it.each([[[5]], [[4, 1]], [[]]])('prelu with slopes %j of integers: wasm = cpu', async (shape) => {
  for (const x of [randomValues([2, 3, 4, 5], 1), integers([2, 3, 4, 5], 1)]) {
    const inputs = { x, alpha: integers(shape, 2) };
    expect(await runOn('wasm', 'Prelu', inputs, {})).toEqual(await runOn('cpu', 'Prelu', inputs, {}));
  }
});

it('prelu with slopes that are booleans: those of 1 and 0', async () => {
  await setBackend('wasm');
  const y = tidy(() =>
    prelu(tensor1d([-3, -4, 5, 6]), tensor1d([true, false, true, false], 'bool')).dataSync(),
  );
  expect([...y].map((value) => value + 0)).toEqual([-3, 0, 5, 6]);
});

it.each([
  [
    [3, 1],
    [2, 1, 4],
  ],
  [[4], [2, 4]],
  [[1, 0], [0]],
  [
    [2, 0],
    [2, 1],
  ],
  [[2, 1], [0]],
])('prelu of %j with slopes %j: wasm = cpu', async (shape, slopes) => {
  const inputs = { x: randomValues(shape, 1), alpha: randomValues(slopes, 2) };
  expect(await runOn('wasm', 'Prelu', inputs, {})).toEqual(await runOn('cpu', 'Prelu', inputs, {}));
});

/** A fused kernel on wasm beside cpu, when each result is a sum of `terms` products, a bias, and a slope. */
async function expectCpu(kernel: string, inputs: Record<string, Values>, attrs: object, terms: number) {
  const [actual] = await runOn('wasm', kernel, inputs, attrs);
  const [expected] = await runOn('cpu', kernel, inputs, attrs);
  const { preluActivationWeights: _, ...others } = inputs;
  const sizes = Object.fromEntries(Object.entries(others).map(([name, x]) => [name, magnitudes(x)]));
  const [total] = await runOn('cpu', kernel, sizes, { ...attrs, activation: 'linear' });
  // All activations have slopes of at most 1.
  const bounds = total!.values.map((value) => 2 * (terms + 2) * unitRoundoff * value);
  expect(worstExcess(actual!, expected!, { shape: total!.shape, values: bounds })).toBeLessThanOrEqual(1);
}

it.each([[[4]], [[3, 3, 4]], [[3, 1, 1]], [[3, 3, 1]]])(
  'convolutions with slopes %j: wasm ≈ cpu',
  async (shape) => {
    const attrs = { strides: 1, pad: 'same', dilations: 1, dataFormat: 'NHWC', activation: 'prelu' };
    const others = { preluActivationWeights: randomValues(shape, 3), bias: randomValues([4], 4) };
    const x = randomValues([2, 3, 3, 4], 1);
    await expectCpu('FusedConv2D', { x, filter: randomValues([3, 3, 4, 4], 2), ...others }, attrs, 36);
    const filter = randomValues([3, 3, 4, 1], 2);
    await expectCpu('FusedDepthwiseConv2D', { x, filter, ...others }, attrs, 9);
  },
);

it('fused kernels with slopes of integers: wasm ≈ cpu', async () => {
  const conv = { strides: 1, pad: 'same', dilations: 1, dataFormat: 'NHWC', activation: 'prelu' };
  const x = randomValues([2, 3, 3, 4], 1);
  const preluActivationWeights = integers([4], 3);
  // Slopes of up to 2 double an error.
  const filter = randomValues([3, 3, 4, 4], 2);
  await expectCpu('FusedConv2D', { x, filter, preluActivationWeights }, conv, 2 * 36);
  const depthwise = randomValues([3, 3, 4, 1], 2);
  await expectCpu('FusedDepthwiseConv2D', { x, filter: depthwise, preluActivationWeights }, conv, 2 * 9);
  const product = { transposeA: false, transposeB: false, activation: 'prelu' };
  const matrices = { a: randomValues([1, 3, 5], 1), b: randomValues([1, 5, 4], 2) };
  await expectCpu('_FusedMatMul', { ...matrices, preluActivationWeights }, product, 2 * 5);
});

describe.each([
  [1, 1],
  [2, 2],
  [2, 1],
  [1, 2],
])('%i by %i matrices', (left, right) => {
  const products = [false, true].flatMap((transposeA) =>
    [false, true].flatMap((transposeB) => [
      { transposeA, transposeB, bias: [4], slopes: [4] },
      { transposeA, transposeB, bias: [1], slopes: [1] },
      { transposeA, transposeB, bias: [4], slopes: [3, 1] },
    ]),
  );
  it.each(products)(
    'transposed $transposeA and $transposeB, bias $bias, slopes $slopes: wasm ≈ cpu',
    async ({ transposeA, transposeB, bias, slopes }) => {
      const inputs = {
        a: randomValues(transposeA ? [left, 5, 3] : [left, 3, 5], 1),
        b: randomValues(transposeB ? [right, 4, 5] : [right, 5, 4], 2),
        bias: randomValues(bias, 3),
      };
      const attrs = { transposeA, transposeB, leakyreluAlpha: 0.3 };
      for (const activation of ['linear', 'relu', 'relu6', 'leakyrelu']) {
        await expectCpu('_FusedMatMul', inputs, { ...attrs, activation }, 5);
      }
      const withSlopes = { ...inputs, preluActivationWeights: randomValues(slopes, 4) };
      await expectCpu('_FusedMatMul', withSlopes, { ...attrs, activation: 'prelu' }, 5);
    },
  );
});

it.each(['elu', 'sigmoid'] as const)(
  'a batch of products with a bias and %s: as one after the other',
  async (name) => {
    const inputs = {
      a: randomValues([2, 3, 5], 1),
      b: randomValues([2, 5, 4], 2),
      bias: randomValues([4], 3),
    };
    const attrs = { transposeA: false, transposeB: false };
    const [fused] = await runOn('wasm', '_FusedMatMul', inputs, { ...attrs, activation: name });
    const [product] = await runOn('wasm', 'BatchMatMul', { a: inputs.a, b: inputs.b }, attrs);
    const [sum] = await runOn('wasm', 'Add', { a: product!, b: inputs.bias }, {});
    const [expected] = await runOn('wasm', name === 'elu' ? 'Elu' : 'Sigmoid', { x: sum! }, {});
    expect(fused).toEqual(expected);
  },
);

it('products over a depth of 0 are 0, plus the bias', async () => {
  const inputs = { a: randomValues([2, 0], 1), b: randomValues([0, 3], 2) };
  const bias = { shape: [3], values: Float32Array.of(1, -2, 3) };
  const attrs = { transposeA: false, transposeB: false };
  for (let round = 0; round < 3; round++) {
    // Leaves its values in the memory that the next result gets.
    await runOn('wasm', 'Relu', { x: { shape: [6], values: new Float32Array(6).fill(7) } }, {});
    expect(await runOn('wasm', '_FusedMatMul', inputs, { ...attrs, activation: 'linear' })).toEqual([
      { shape: [2, 3], values: Float32Array.of(0, 0, 0, 0, 0, 0) },
    ]);
    const withBias = { ...inputs, bias };
    expect(await runOn('wasm', '_FusedMatMul', withBias, { ...attrs, activation: 'relu' })).toEqual([
      { shape: [2, 3], values: Float32Array.of(1, 0, 3, 1, 0, 3) },
    ]);
  }
});

it('a fused product of no matrices is empty', async () => {
  const inputs = { a: randomValues([0, 2, 3], 1), b: randomValues([1, 3, 4], 2) };
  const attrs = { transposeA: false, transposeB: false, activation: 'linear' };
  const none = { shape: [0, 2, 4], values: new Float32Array(0) };
  expect(await runOn('wasm', '_FusedMatMul', inputs, attrs)).toEqual([none]);
});
