import { unitRoundoff } from '@normlab/testing';
import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import { setBackend } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { magnitudes, randomValues, runOn, type Values, worstExcess } from './support/bothBackends.js';

let kernels: WasmKernels;

beforeAll(async () => {
  await setBackend('wasm');
  kernels = await registerWasmKernels();
});

afterAll(() => kernels.close());

type Case = {
  readonly input: [number, number, number, number];
  readonly filter: [number, number];
  readonly strides: [number, number];
  readonly dilations?: [number, number];
  readonly pad: 'same' | 'valid' | number;
};

/** Each leaves rows or columns that no window reads, or has other sides than tfjs's C code counts, or no window at all. */
const cases: Case[] = [
  { input: [2, 7, 6, 3], filter: [1, 2], strides: [3, 3], pad: 'same' },
  { input: [2, 7, 6, 3], filter: [3, 1], strides: [1, 2], pad: 'same' },
  { input: [2, 8, 8, 3], filter: [1, 1], strides: [2, 2], pad: 'same' },
  { input: [1, 6, 9, 4], filter: [2, 2], strides: [3, 3], pad: 'same' },
  { input: [2, 7, 6, 3], filter: [3, 2], strides: [1, 1], pad: 1 },
  { input: [2, 7, 6, 3], filter: [2, 3], strides: [2, 2], pad: 1 },
  { input: [2, 9, 6, 3], filter: [3, 3], strides: [2, 1], pad: 1 },
  { input: [2, 7, 6, 3], filter: [1, 3], strides: [1, 1], dilations: [3, 3], pad: 'valid' },
  { input: [2, 9, 8, 3], filter: [2, 3], strides: [1, 1], dilations: [2, 3], pad: 'same' },
];

/** What wasm computes beside cpu, when each result is a sum of at most `terms` products. */
async function expectCpu(kernel: string, inputs: Record<string, Values>, attrs: object, terms: number) {
  const [actual] = await runOn('wasm', kernel, inputs, attrs);
  const [expected] = await runOn('cpu', kernel, inputs, attrs);
  const sizes = Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, magnitudes(x)]));
  const [total] = await runOn('cpu', kernel, sizes, attrs);
  // Both round each product and each addition.
  const bounds = total!.values.map((value) => 2 * terms * unitRoundoff * value);
  expect(actual!.shape).toEqual(expected!.shape);
  expect(worstExcess(actual!, expected!, { shape: total!.shape, values: bounds })).toBeLessThanOrEqual(1);
}

describe.each(cases)('$input by $filter, strides $strides, dilations $dilations, $pad', (each) => {
  const { input, filter, strides, dilations = [1, 1], pad } = each;
  const channels = input[3];
  const taps = filter[0] * filter[1];
  const attrs = { strides, pad, dilations, dataFormat: 'NHWC' };
  const x = randomValues(input, 1);
  const bias = (results: number) => randomValues([results], 3);

  it.each(['Conv2D', 'FusedConv2D'])('%s: wasm ≈ cpu', async (kernel) => {
    const fused = kernel === 'FusedConv2D';
    const inputs = { x, filter: randomValues([...filter, channels, 5], 2), ...(fused && { bias: bias(5) }) };
    await expectCpu(kernel, inputs, { ...attrs, activation: 'relu' }, taps * channels + 1);
  });

  it.each(['DepthwiseConv2dNative', 'FusedDepthwiseConv2D'])('%s: wasm ≈ cpu', async (kernel) => {
    const fused = kernel === 'FusedDepthwiseConv2D';
    const inputs = {
      x,
      filter: randomValues([...filter, channels, 2], 2),
      ...(fused && { bias: bias(2 * channels) }),
    };
    await expectCpu(kernel, inputs, { ...attrs, activation: 'linear' }, taps + 1);
  });

  // Windows without a gap and of more than one pixel, as pooling has them.
  if (dilations[0] === 1 && taps > 1) {
    it('MaxPool and AvgPool: wasm ≈ cpu', async () => {
      const pool = { filterSize: filter, strides, pad };
      await expectCpu('MaxPool', { x }, pool, 1);
      await expectCpu('AvgPool', { x }, pool, taps + 1);
    });
  }
});

it('a depthwise convolution of tf.layers has dilations null', async () => {
  const inputs = { x: randomValues([2, 7, 6, 3], 1), filter: randomValues([1, 2, 3, 2], 2) };
  const attrs = { strides: [3, 3], pad: 'same', dilations: null, dataFormat: 'NHWC' };
  const [withNull] = await runOn('wasm', 'DepthwiseConv2dNative', inputs, attrs);
  const [withOne] = await runOn('wasm', 'DepthwiseConv2dNative', inputs, { ...attrs, dilations: 1 });
  expect(withNull).toEqual(withOne);
});

it('many convolutions without a window leave the heap whole', async () => {
  const attrs = { strides: 1, pad: 'valid', dilations: [3, 3], dataFormat: 'NHWC' };
  const inputs = { x: randomValues([2, 7, 6, 3], 1), filter: randomValues([1, 3, 3, 2], 2) };
  for (let round = 0; round < 20; round++) {
    const [y] = await runOn('wasm', 'DepthwiseConv2dNative', inputs, attrs);
    expect(y!.shape).toEqual([2, 7, 0, 6]);
  }
});
