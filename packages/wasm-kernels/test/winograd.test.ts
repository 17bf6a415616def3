import '@tensorflow/tfjs-backend-wasm';
import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import { setBackend } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  magnitudes,
  randomValues,
  runOn,
  unitRoundoff,
  type Values,
  worstExcess,
} from './support/bothBackends.js';
import { convolveByTiles, exact, filterGradientByTiles, magnitude } from './support/winogradTwin.js';

type Case = {
  readonly input: [number, number, number, number];
  readonly results: number;
  readonly pad: number;
};

/**
 * Whole tiles and tiles over the edge, one tile and several, one image and several, in one strip and several,
 * panels full and half full.
 */
const cases: Case[] = [
  { input: [2, 8, 8, 4], results: 8, pad: 1 },
  { input: [1, 7, 9, 8], results: 4, pad: 1 },
  { input: [5, 6, 6, 12], results: 12, pad: 0 },
  { input: [3, 9, 8, 4], results: 20, pad: 0 },
  { input: [4, 4, 4, 8], results: 8, pad: 1 },
  { input: [2, 6, 7, 4], results: 4, pad: 2 },
  { input: [2, 45, 38, 4], results: 4, pad: 1 },
  { input: [1, 6, 330, 4], results: 8, pad: 1 },
];

/** So many images that the gradient by the kernel takes them in two rounds. */
const manyImages: Case = { input: [140, 12, 12, 4], results: 8, pad: 1 };

/**
 * Roundings that a term passes through at most: 4 in each of the two directions of the three transforms, the two
 * rounded constants of the kernel's among them, 1 in its product, and one for each term of the sum.
 */
const roundings = (terms: number) => terms + 3 * 2 * 4 + 2 + 1;

describe.each(['plain', 'auto'] as const)('3×3 convolutions of stride 1, %s build', (build) => {
  let kernels: WasmKernels;
  beforeAll(async () => {
    await setBackend('wasm');
    kernels = await registerWasmKernels({ build });
  });
  afterAll(() => kernels.close());

  it.each(cases)('Conv2D ≈ its twin: $input to $results, pad $pad', async ({ input, results, pad }) => {
    const x = randomValues(input, 1);
    const filter = randomValues([3, 3, input[3], results], 2);
    const attrs = { strides: 1, pad, dataFormat: 'NHWC', dilations: 1 };
    const [actual] = await runOn('wasm', 'Conv2D', { x, filter }, attrs);
    const [, outHeight, outWidth] = actual!.shape as [number, number, number];
    const grid = { top: pad, left: pad, outHeight, outWidth };
    const total = convolveByTiles(magnitudes(x), magnitudes(filter), grid, magnitude);
    expectWithin(actual!, convolveByTiles(x, filter, grid, exact), total, input[3]);
  });

  it.each(cases)('Conv2DBackpropInput ≈ its twin: $input to $results, pad $pad', async (each) => {
    const { input, results, pad } = each;
    const filter = randomValues([3, 3, input[3], results], 3);
    const dy = randomValues([input[0], input[1] + 2 * pad - 2, input[2] + 2 * pad - 2, results], 4);
    const attrs = { strides: 1, pad, dataFormat: 'NHWC', inputShape: input };
    const [actual] = await runOn('wasm', 'Conv2DBackpropInput', { dy, filter }, attrs);
    const grid = { top: 2 - pad, left: 2 - pad, outHeight: input[1], outWidth: input[2] };
    const turned = turnedKernel(filter);
    const total = convolveByTiles(magnitudes(dy), magnitudes(turned), grid, magnitude);
    expectWithin(actual!, convolveByTiles(dy, turned, grid, exact), total, results);
  });

  it.each([...cases, manyImages])(
    'Conv2DBackpropFilter ≈ its twin: $input to $results, pad $pad',
    async (each) => {
      const { input, results, pad } = each;
      const x = randomValues(input, 5);
      const dy = randomValues([input[0], input[1] + 2 * pad - 2, input[2] + 2 * pad - 2, results], 6);
      const filterShape = [3, 3, input[3], results];
      const attrs = { strides: 1, pad, dataFormat: 'NHWC', filterShape };
      const [actual] = await runOn('wasm', 'Conv2DBackpropFilter', { x, dy }, attrs);
      const corner = { top: pad, left: pad };
      const total = filterGradientByTiles(magnitudes(x), magnitudes(dy), corner, magnitude);
      const tiles = dy.shape[0]! * Math.ceil(dy.shape[1]! / 4) * Math.ceil(dy.shape[2]! / 4);
      expectWithin(actual!, filterGradientByTiles(x, dy, corner, exact), total, tiles);
    },
  );
});

function expectWithin(actual: Values, expected: Float64Array, total: Float64Array, terms: number): void {
  const { shape } = actual;
  const bounds = { shape, values: total.map((sum) => 1.01 * roundings(terms) * unitRoundoff * sum) };
  expect(worstExcess(actual, { shape, values: expected }, bounds)).toBeLessThanOrEqual(1);
}

/** [i, j, c, k] → [2 − i, 2 − j, k, c]. */
function turnedKernel({ shape, values }: Values): Values {
  const [, , channels, results] = shape as [number, number, number, number];
  const turned = new Float32Array(values.length);
  for (let tap = 0; tap < 9; tap++) {
    for (let c = 0; c < channels; c++) {
      for (let k = 0; k < results; k++) {
        turned[((8 - tap) * results + k) * channels + c] = values[(tap * channels + c) * results + k]!;
      }
    }
  }
  return { shape: [3, 3, results, channels], values: turned };
}
