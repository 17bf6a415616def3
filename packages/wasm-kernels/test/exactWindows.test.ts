import { unitRoundoff, worstExcess as worstExcessAt } from '@normlab/testing';
import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import { type backend_util, setBackend } from '@tensorflow/tfjs-core';
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
  readonly pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
};

/**
 * Each leaves rows or columns that no window reads, or has other sides than tfjs's C code counts, or no window at all, or
 * padding that crops.
 */
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
  { input: [2, 9, 8, 3], filter: [2, 2], strides: [2, 2], pad: -1 },
  { input: [2, 9, 8, 3], filter: [2, 3], strides: [1, 2], pad: padding([-1, 1], [2, -3]) },
  { input: [2, 9, 8, 3], filter: [3, 2], strides: [2, 1], pad: padding([1, -2], [-1, 0]) },
  {
    input: [1, 9, 12, 3],
    filter: [2, 3],
    strides: [1, 1],
    dilations: [2, 3],
    pad: padding([-2, -1], [-1, 2]),
  },
];

function padding(rows: [number, number], columns: [number, number]): backend_util.ExplicitPadding {
  return [[0, 0], rows, columns, [0, 0]];
}

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

type Pool = {
  readonly input: [number, number, number, number];
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: number | 'same' | 'valid' | backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'ceil' | 'round';
};

/** Windows of one pixel, windows that lie wholly in the padding on each side and on all, and those that jump over the image. */
const pools: Pool[] = [
  { input: [2, 3, 4, 5], filterSize: 1, strides: 1, pad: 1 },
  { input: [2, 3, 4, 5], filterSize: 1, strides: 1, pad: 'valid' },
  { input: [2, 5, 4, 3], filterSize: 1, strides: 2, pad: 'same' },
  { input: [2, 5, 4, 3], filterSize: 1, strides: 2, pad: 1 },
  { input: [2, 4, 6, 3], filterSize: 1, strides: 2, pad: 0, dimRoundingMode: 'ceil' },
  { input: [2, 4, 6, 3], filterSize: 1, strides: [3, 2], pad: padding([-1, 0], [0, 3]) },
  { input: [2, 3, 4, 5], filterSize: 2, strides: 1, pad: 2 },
  { input: [2, 3, 4, 5], filterSize: [1, 2], strides: [1, 2], pad: padding([1, 0], [0, 5]) },
  { input: [2, 3, 4, 5], filterSize: [2, 1], strides: [2, 1], pad: padding([0, 5], [3, -1]) },
  { input: [1, 6, 7, 4], filterSize: 2, strides: 3, pad: 0, dimRoundingMode: 'ceil' },
  { input: [1, 7, 7, 4], filterSize: [3, 2], strides: 4, pad: 1, dimRoundingMode: 'round' },
  { input: [1, 3, 4, 2], filterSize: 1, strides: 1, pad: padding([-4, 2], [0, 0]) },
  { input: [1, 1, 2, 2], filterSize: 1, strides: [3, 1], pad: padding([1, 2], [0, 0]) },
  { input: [1, 0, 2, 2], filterSize: 2, strides: 1, pad: 1 },
];

describe.each(pools)(
  'pools of $input by $filterSize, strides $strides, pad $pad, $dimRoundingMode',
  ({ input, ...pool }) => {
    // Below zero, beside which zeros of padding would be the largest; whole numbers.
    const x = {
      shape: input,
      values: randomValues(input, 1).values.map((value) => Math.floor(99 * value) - 100),
    };

    it('MaxPool: wasm = cpu, −∞ for a window without a pixel', async () => {
      expect(await runOn('wasm', 'MaxPool', { x }, pool)).toEqual(await runOn('cpu', 'MaxPool', { x }, pool));
    });

    it('AvgPool: wasm ≈ cpu, NaN for a window without a pixel', async () => {
      const [actual] = await runOn('wasm', 'AvgPool', { x }, pool);
      const [expected] = await runOn('cpu', 'AvgPool', { x }, pool);
      // A sum of whole numbers is exact; wasm may multiply by the rounded reciprocal of their number.
      expect(actual!.shape).toEqual(expected!.shape);
      expect([...actual!.values].map(Number.isNaN)).toEqual([...expected!.values].map(Number.isNaN));
      const numbers = ({ values }: Values) => [...values].filter((value) => !Number.isNaN(value));
      const boundAt = (i: number) => 3 * unitRoundoff * Math.abs(numbers(expected!)[i]!);
      expect(worstExcessAt(numbers(actual!), numbers(expected!), boundAt)).toBeLessThanOrEqual(1);
    });
  },
);

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

it('convolutions over no channels are 0, plus the bias', async () => {
  const attrs = { strides: 1, pad: 'same', dilations: 1, dataFormat: 'NHWC' };
  const inputs = { x: randomValues([1, 2, 2, 0], 1), filter: randomValues([3, 3, 0, 3], 2) };
  const bias = { shape: [3], values: Float32Array.of(1, -2, 3) };
  const rows = (...row: number[]) => [
    { shape: [1, 2, 2, 3], values: Float32Array.of(...row, ...row, ...row, ...row) },
  ];
  for (let round = 0; round < 3; round++) {
    // Leaves its values in the memory that the next result gets.
    await runOn('wasm', 'Relu', { x: { shape: [12], values: new Float32Array(12).fill(7) } }, {});
    expect(await runOn('wasm', 'Conv2D', inputs, attrs)).toEqual(rows(0, 0, 0));
    for (const activation of ['linear', 'relu']) {
      const sum = await runOn('wasm', 'FusedConv2D', { ...inputs, bias }, { ...attrs, activation });
      expect(sum).toEqual(activation === 'relu' ? rows(1, 0, 3) : rows(1, -2, 3));
    }
  }
});

const blank = [
  { input: [1, 0, 6], pad: 2 },
  { input: [1, 6, 6], pad: padding([-8, 5], [0, 0]) },
  { input: [1, 6, 6], pad: padding([5, -8], [0, 0]) },
  { input: [1, 6, 6], pad: padding([0, 0], [-8, 5]) },
  { input: [1, 6, 6], pad: padding([0, 0], [5, -8]) },
  { input: [1, 12, 12], pad: padding([9, 9], [30, -14]) },
];

describe.each(blank)(
  'convolutions of $input, padding $pad, of which no window has a pixel',
  ({ input, pad }) => {
    // Leaves its values in the memory that the next result gets.
    const spoil = () =>
      runOn('wasm', 'Relu', { x: { shape: [99], values: new Float32Array(99).fill(7) } }, {});

    it.each([
      [3, 1],
      [3, 2],
      [16, 1],
      [16, 2],
    ])('of %i channels at stride %i: wasm = cpu, and both gradients', async (channels, strides) => {
      const attrs = { strides, pad, dilations: [1, 1], dataFormat: 'NHWC', activation: 'relu6' };
      const x = randomValues([...input, channels], 1);
      const bias = {
        shape: [channels],
        values: randomValues([channels], 3).values.map((value) => 9 * value),
      };
      for (const [kernel, results, gradient] of [
        ['Conv2D', channels, 'Conv2DBackprop'],
        ['DepthwiseConv2dNative', 1, 'DepthwiseConv2dNativeBackprop'],
      ] as const) {
        const filter = randomValues([3, 3, channels, results], 2);
        const [y] = await runOn('cpu', kernel, { x, filter }, attrs);
        const dy = randomValues(y!.shape, 4);
        const shapes = { inputShape: x.shape, filterShape: filter.shape };
        for (const [name, inputs] of [
          [kernel, { x, filter }],
          [kernel === 'Conv2D' ? 'FusedConv2D' : 'FusedDepthwiseConv2D', { x, filter, bias }],
          [`${gradient}Input`, { dy, filter }],
          [`${gradient}Filter`, { x, dy }],
        ] as const) {
          const expected = await runOn('cpu', name, inputs, { ...attrs, ...shapes });
          await spoil();
          expect(await runOn('wasm', name, inputs, { ...attrs, ...shapes }), name).toEqual(expected);
        }
      }
    });
  },
);

it('a filter far larger than the image is refused', async () => {
  const attrs = { strides: 1, pad: 'valid', dilations: 1, dataFormat: 'NHWC' };
  const x = randomValues([1, 2, 6, 3], 1);
  const conv = runOn('wasm', 'Conv2D', { x, filter: randomValues([4, 3, 3, 2], 2) }, attrs);
  await expect(conv).rejects.toThrowErrorMatchingInlineSnapshot(
    `[BackendError: Conv2D: the padded image must be at most one pixel smaller than the filter, 4 by 3, got [1,2,6,3].]`,
  );
  const pool = runOn('wasm', 'MaxPool', { x }, { filterSize: [2, 8], strides: 1, pad: 'valid' });
  await expect(pool).rejects.toThrow('MaxPool: the padded image must');
});
