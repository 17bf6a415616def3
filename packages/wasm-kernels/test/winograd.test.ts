import { unitRoundoff } from '@normlab/testing';
import '@tensorflow/tfjs-backend-wasm';
import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import { backend_util, setBackend } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fastestWinogradVariant } from '../src/kernels/fastestWinogradVariant.js';
import { winogradBackwardPlan, winogradForwardPlan } from '../src/kernels/winograd.js';
import {
  filterSide,
  tileBlock,
  type WinogradVariant,
  winogradVariants,
} from '../src/kernels/winogradVariants.js';
import {
  hasSameBits,
  magnitudes,
  randomValues,
  runOn,
  type Values,
  worstExcess,
} from './support/bothBackends.js';
import { directConvolution, directFilterGradient, directInputGradient } from './support/directConvolution.js';
import { expectFused } from './support/expectFused.js';
import { convolveByTiles, filterGradientByTiles, sumRoundings, termsOf } from './support/winogradTwin.js';

const [four, six, strided, five] = winogradVariants as readonly [
  WinogradVariant,
  WinogradVariant,
  WinogradVariant,
  WinogradVariant,
];

type Case = {
  readonly way: WinogradVariant;
  readonly input: [number, number, number, number];
  readonly results: number;
  readonly pad: number | 'same' | backend_util.ExplicitPadding;
};

/**
 * Whole tiles and tiles over either edge, one tile and several, whole fours of them and not, one image and several, in
 * one strip and several, panels full and half full, one block of channels and several.
 */
const cases: Case[] = [
  { way: four, input: [2, 8, 8, 4], results: 8, pad: 1 },
  { way: four, input: [1, 7, 9, 12], results: 12, pad: 1 },
  { way: four, input: [5, 6, 6, 12], results: 12, pad: 0 },
  { way: four, input: [3, 9, 8, 8], results: 20, pad: 0 },
  { way: four, input: [4, 4, 4, 8], results: 8, pad: 1 },
  { way: four, input: [2, 6, 7, 8], results: 12, pad: 2 },
  { way: four, input: [2, 45, 38, 8], results: 4, pad: 1 },
  { way: four, input: [1, 6, 330, 8], results: 8, pad: 1 },
  { way: six, input: [5, 6, 6, 16], results: 20, pad: 1 },
  { way: six, input: [1, 11, 6, 100], results: 16, pad: 1 },
  { way: six, input: [2, 12, 11, 20], results: 52, pad: 1 },
  { way: six, input: [1, 30, 31, 16], results: 16, pad: 1 },
  { way: strided, input: [2, 12, 12, 16], results: 20, pad: 'same' },
  { way: strided, input: [3, 11, 11, 20], results: 12, pad: 1 },
  { way: strided, input: [1, 13, 7, 100], results: 12, pad: 0 },
  { way: strided, input: [2, 14, 13, 28], results: 36, pad: 2 },
  { way: strided, input: [1, 6, 5, 20], results: 20, pad: 1 },
  { way: strided, input: [1, 70, 61, 28], results: 20, pad: 'same' },
  { way: five, input: [5, 8, 8, 16], results: 20, pad: 'same' },
  { way: five, input: [1, 13, 10, 100], results: 16, pad: 2 },
  { way: five, input: [3, 9, 12, 20], results: 52, pad: 0 },
  { way: five, input: [1, 37, 30, 16], results: 16, pad: 2 },
  // No two sides have the same padding, and some have more than the filter has rows.
  { way: four, input: [2, 9, 14, 8], results: 12, pad: padding(2, 0, 1, 3) },
  { way: four, input: [1, 6, 9, 8], results: 8, pad: padding(3, 4, 5, 2) },
  { way: six, input: [2, 11, 17, 16], results: 20, pad: padding(0, 1, 2, 0) },
  { way: strided, input: [2, 12, 16, 16], results: 20, pad: padding(0, 1, 2, 1) },
  { way: strided, input: [1, 21, 15, 28], results: 36, pad: padding(3, 1, 0, 4) },
  { way: five, input: [2, 11, 17, 16], results: 20, pad: padding(0, 3, 1, 4) },
  { way: five, input: [1, 9, 8, 16], results: 16, pad: padding(6, 2, 3, 5) },
  // Negative padding crops.
  { way: six, input: [2, 14, 15, 16], results: 20, pad: padding(-1, 0, -2, -1) },
  { way: strided, input: [2, 14, 20, 16], results: 20, pad: padding(-1, 1, 2, -2) },
  { way: strided, input: [2, 12, 18, 16], results: 20, pad: padding(0, 1, -1, 2) },
];

/** Enough images that the filter's gradient needs several rounds. */
const manyImages: Case[] = [
  { way: four, input: [140, 12, 12, 4], results: 8, pad: 1 },
  { way: six, input: [120, 6, 6, 16], results: 16, pad: 1 },
  { way: strided, input: [150, 12, 12, 16], results: 20, pad: 'same' },
  { way: five, input: [140, 8, 8, 16], results: 16, pad: 2 },
];

/** Those that the convolution backward to the input is not faster without. */
const backwardCases = cases.filter(
  (each) => fastestWinogradVariant(geometry(each), 'backward') !== undefined,
);

/** Those whose first row or column of tiles backward would begin inside the image. */
const cropped = cases.filter(
  ({ way, pad }) => way === strided && Array.isArray(pad) && Math.min(...pad[1], ...pad[2]) < 0,
);

describe('Winograd', () => {
  it('most cases are ones backward too', () => {
    const ways = backwardCases.map((each) => fastestWinogradVariant(geometry(each), 'backward'));
    for (const way of winogradVariants) {
      expect(ways.filter((each) => each === way).length).toBeGreaterThanOrEqual(3);
    }
  });

  it.each(cases)('the fastest way: $input to $results, pad $pad', (each) => {
    expect(fastestWinogradVariant(geometry(each), 'forward')).toBe(each.way);
  });

  it.each([
    { input: [1, 2, 2, 16], results: 16, stride: 1, filter: [3, 3] },
    { input: [2, 9, 9, 5], results: 8, stride: 1, filter: [3, 3] },
    { input: [2, 9, 9, 8], results: 10, stride: 2, filter: [3, 3] },
    { input: [1, 2, 2, 8], results: 8, stride: 2, filter: [3, 3] },
    { input: [2, 9, 9, 12], results: 16, stride: 1, filter: [5, 5] },
    { input: [2, 9, 9, 16], results: 16, stride: 2, filter: [5, 5] },
    { input: [2, 9, 9, 16], results: 16, stride: 1, filter: [3, 5] },
    { input: [2, 9, 9, 16], results: 16, stride: 1, filter: [7, 7] },
  ] as const)('direct: $input to $results by $stride, filter $filter', (each) => {
    const { input, results, stride, filter } = each;
    const conv = backend_util.computeConv2DInfo(
      [...input],
      [...filter, input[3], results],
      stride,
      1,
      'same',
    );
    expect(fastestWinogradVariant(conv, 'forward')).toBeUndefined();
  });
});

describe.each(['plain', 'auto'] as const)('convolutions through transforms, %s build', (build) => {
  let kernels: WasmKernels;
  beforeAll(async () => {
    await setBackend('wasm');
    kernels = await registerWasmKernels({ build });
  });
  afterAll(() => kernels.close());

  it.each(cases)('Conv2D ≈ Σ x·w: $input to $results, pad $pad', async (each) => {
    const { x, filter, attrs, conv } = sample(each);
    const [actual] = await runOn('wasm', 'Conv2D', { x, filter }, attrs);
    const plan = winogradForwardPlan(conv)!;
    const grid = { ...plan, ...plan.sizes };
    const transforms = { ...plan.variant, ...plan.form };
    const terms = termsOf(transforms, plan.form.inputTerms);
    const total = convolveByTiles(magnitudes(x), magnitudes(filter), grid, terms);
    const sums = sumRoundings(conv.inChannels, each.way === strided ? 4 : 1);
    expectWithin(actual!, directConvolution(x, filter, conv), total, each.way.roundings + sums);
  });

  it.each(cases)(
    'FusedConv2D = max(Conv2D + b, 0), bit for bit: $input to $results, pad $pad',
    async (each) => {
      const { x, filter, attrs, conv } = sample(each);
      await expectFused(x, filter, randomValues([conv.outChannels], 4), attrs);
    },
  );

  it.each(backwardCases)('Conv2DBackpropInput ≈ Σ dy·w: $input to $results, pad $pad', async (each) => {
    const { filter, dy, attrs, conv } = sample(each);
    const backInput = { ...attrs, inputShape: each.input };
    const [actual] = await runOn('wasm', 'Conv2DBackpropInput', { dy, filter }, backInput);
    const plan = winogradBackwardPlan(conv)!;
    const grid = { ...plan, ...plan.sizes };
    const turned = turnedKernel(filter);
    const transforms = { ...plan.variant, ...plan.form };
    const terms = termsOf(transforms, plan.form.inputTerms);
    const total = convolveByTiles(magnitudes(dy), magnitudes(turned), grid, terms);
    const roundings = plan.variant.roundings + sumRoundings(conv.outChannels, 1);
    expectWithin(actual!, directInputGradient(dy, filter, conv), total, roundings);
  });

  it.each([...cases, ...manyImages])(
    'Conv2DBackpropFilter ≈ Σ x·dy: $input to $results, pad $pad',
    async (each) => {
      const { x, dy, attrs, conv } = sample(each);
      const backFilter = { ...attrs, filterShape: conv.filterShape };
      const [actual] = await runOn('wasm', 'Conv2DBackpropFilter', { x, dy }, backFilter);
      const { forward } = each.way;
      const transforms = { ...each.way, ...forward };
      const corner = conv.padInfo;
      const terms = termsOf(transforms, forward.inputTerms);
      const total = filterGradientByTiles(magnitudes(x), magnitudes(dy), corner, terms);
      const side = forward.output.length;
      const tiles = conv.batchSize * Math.ceil(conv.outHeight / side) * Math.ceil(conv.outWidth / side);
      // A round has a block at least, or it is the only one; each adds one block more than its tiles fill.
      const roundings = each.way.roundings + sumRoundings(tiles, 2, tileBlock);
      expectWithin(actual!, directFilterGradient(x, dy, conv), total, roundings);
    },
  );

  it.each(cropped)('Conv2DBackpropInput ≈ Σ dy·w, directly: $input to $results, pad $pad', async (each) => {
    const { filter, dy, attrs, conv } = sample(each);
    expect(winogradBackwardPlan(conv)).toBeUndefined();
    const [actual] = await runOn(
      'wasm',
      'Conv2DBackpropInput',
      { dy, filter },
      { ...attrs, inputShape: each.input },
    );
    const total = directInputGradient(magnitudes(dy), magnitudes(filter), conv);
    expectWithin(actual!, directInputGradient(dy, filter, conv), total, 9 * conv.outChannels);
  });

  it.each([
    // The rows, and columns, that are not numbers: of windows with pixel (row, row), and of the tiles that add it.
    { way: four, size: 8, row: 4, forward: [3, 7], backward: [3, 7] },
    { way: six, size: 24, row: 8, forward: [6, 11], backward: [6, 11] },
    { way: five, size: 12, row: 3, forward: [0, 7], backward: [0, 7] },
    { way: strided, size: 24, row: 7, forward: [3, 5], backward: [12, 17] },
  ])('NaN reaches the results of its tiles, of this image: $way.forward.outputTransform', async (each) => {
    const { way, size, row } = each;
    const { filter, attrs, conv, x, dy } = sample({
      way,
      input: [2, size, size, 16],
      results: 16,
      pad: 'same',
    });
    const [y] = await runOn('wasm', 'Conv2D', { x: withNaN(x, row), filter }, attrs);
    const backInput = { ...attrs, inputShape: conv.inShape };
    const [dx] = await runOn('wasm', 'Conv2DBackpropInput', { dy: withNaN(dy, row), filter }, backInput);
    expect(fastestWinogradVariant(conv, 'backward')).toBe(way);
    expect(notNumbers(y!)).toEqual(square(each.forward));
    expect(notNumbers(dx!)).toEqual(square(each.backward));
  });

  it.each([cases[0]!, cases[9]!, cases[13]!, cases[19]!])(
    'conv(2ᵏ·x, g) = 2ᵏ·conv(x, g), bit for bit, and both gradients: $input to $results',
    async (each) => {
      const { x, filter, dy, attrs, conv } = sample(each);
      const backInput = { ...attrs, inputShape: each.input };
      const backFilter = { ...attrs, filterShape: conv.filterShape };
      for (const exponent of [-30, 1, 30]) {
        const larger = (values: Values) => scaled(values, 2 ** exponent);
        const pairs = [
          [await runOn('wasm', 'Conv2D', { x, filter }, attrs)],
          [await runOn('wasm', 'Conv2D', { x: larger(x), filter }, attrs)],
          [await runOn('wasm', 'Conv2DBackpropInput', { dy, filter }, backInput)],
          [await runOn('wasm', 'Conv2DBackpropInput', { dy: larger(dy), filter }, backInput)],
          [await runOn('wasm', 'Conv2DBackpropFilter', { x, dy }, backFilter)],
          [await runOn('wasm', 'Conv2DBackpropFilter', { x: larger(x), dy }, backFilter)],
        ].map(([outputs]) => outputs![0]!);
        for (let i = 0; i < pairs.length; i += 2) {
          expect(hasSameBits(pairs[i + 1], larger(pairs[i]!))).toBe(true);
        }
      }
    },
  );
});

function padding(top: number, bottom: number, left: number, right: number): backend_util.ExplicitPadding {
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

function geometry({ way, input, results, pad }: Case): backend_util.Conv2DInfo {
  const side = filterSide(way);
  return backend_util.computeConv2DInfo([...input], [side, side, input[3], results], way.stride, 1, pad);
}

function sample(each: Case) {
  const conv = geometry(each);
  return {
    conv,
    attrs: { strides: each.way.stride, pad: each.pad, dataFormat: 'NHWC', dilations: 1 },
    x: randomValues(each.input, 1),
    filter: randomValues(conv.filterShape, 2),
    dy: randomValues(conv.outShape, 3),
  };
}

/** Every term of the sums of magnitudes is off by `roundings` units at most, to first order. */
function expectWithin(actual: Values, expected: Float64Array, total: Float64Array, roundings: number): void {
  const { shape } = actual;
  const bounds = { shape, values: total.map((sum) => 1.01 * (roundings + 1) * unitRoundoff * sum) };
  expect(worstExcess(actual, { shape, values: expected }, bounds)).toBeLessThanOrEqual(1);
}

/** The same, but NaN in one channel of pixel (row, row) of the first image. */
function withNaN({ shape, values }: Values, row: number): Values {
  const [, , width, channels] = shape as [number, number, number, number];
  return { shape, values: values.with((row * width + row) * channels + 1, Number.NaN) };
}

/** The places, image row column, at which a channel is NaN. */
function notNumbers({ shape, values }: Values): string[] {
  const [, height, width, channels] = shape as [number, number, number, number];
  const places = new Set<string>();
  for (const [at, value] of values.entries()) {
    const pixel = Math.floor(at / channels);
    const row = Math.floor(pixel / width);
    if (Number.isNaN(value)) places.add(`${Math.floor(row / height)} ${row % height} ${pixel % width}`);
  }
  return [...places];
}

/** The places of the first image in the rows, and columns, from the first to the last. */
function square([first, last]: readonly number[]): string[] {
  const side = Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
  return side.flatMap((row) => side.map((column) => `0 ${row} ${column}`));
}

function scaled({ shape, values }: Values, factor: number): Values {
  return { shape, values: Float32Array.from(values, (value) => factor * value) };
}

/** [i, j, c, k] → [side − 1 − i, side − 1 − j, k, c]. */
function turnedKernel({ shape, values }: Values): Values {
  const [height, width, channels, results] = shape as [number, number, number, number];
  const turned = new Float32Array(values.length);
  const lastTap = height * width - 1;
  for (let tap = 0; tap <= lastTap; tap++) {
    for (let c = 0; c < channels; c++) {
      for (let k = 0; k < results; k++) {
        turned[((lastTap - tap) * results + k) * channels + c] = values[(tap * channels + c) * results + k]!;
      }
    }
  }
  return { shape: [height, width, results, channels], values: turned };
}
