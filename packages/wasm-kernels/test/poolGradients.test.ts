import { unitRoundoff } from '@normlab/testing';
import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import { backend_util, setBackend } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { magnitudes, randomValues, runOn, type Values, worstExcess } from './support/bothBackends.js';
import { averagePoolGradTwin } from './support/twins.js';

type PoolCase = {
  readonly input: [number, number, number, number];
  readonly filterSize: number;
  readonly strides: number;
  readonly pad: 'same' | 'valid' | number;
};

const usualCases: PoolCase[] = [2, 3].flatMap((filterSize) =>
  (['same', 'valid'] as const).flatMap((pad) =>
    [1, 2].flatMap((strides): PoolCase[] => [
      { input: [2, 6, 6, 3], filterSize, strides, pad },
      { input: [1, 7, 9, 5], filterSize, strides, pad },
      { input: [3, 5, 4, 8], filterSize, strides, pad },
    ]),
  ),
);

const poolCases: PoolCase[] = [
  ...usualCases,
  // Padding that crops, and windows that lie wholly in the padding.
  { input: [2, 8, 9, 5], filterSize: 2, strides: 2, pad: -1 },
  { input: [2, 4, 5, 5], filterSize: 2, strides: 1, pad: 2 },
  { input: [1, 4, 5, 3], filterSize: 1, strides: 2, pad: 1 },
];

let kernels: WasmKernels;

beforeAll(async () => {
  await setBackend('wasm');
  kernels = await registerWasmKernels();
});

afterAll(() => kernels.close());

describe('MaxPoolGrad', () => {
  it.each(poolCases)('wasm ≈ cpu: $input by $filterSize, stride $strides, $pad', async (pool) => {
    const input = randomValues(pool.input, 1);
    const [output] = await runOn('cpu', 'MaxPool', { x: input }, pool);
    const dy = randomValues(output!.shape, 2);
    const [actual] = await runOn('wasm', 'MaxPoolGrad', { dy, input, output: output! }, pool);
    const [expected] = await runOn('cpu', 'MaxPoolGrad', { dy, input, output: output! }, pool);
    const [total] = await runOn('cpu', 'MaxPoolGrad', { dy: magnitudes(dy), input, output: output! }, pool);
    expect(worstExcess(actual!, expected!, windowBound(total!, pool))).toBeLessThanOrEqual(1);
  });

  it.each([
    ['negative values', [-4, -3, -2, -1], [0, 0, 0, 1]],
    ['equal values: the first', [1, 1, 1, 1], [1, 0, 0, 0]],
    ['equal zeros: the first', [0, -0, 0, 0], [1, 0, 0, 0]],
  ])('%s', async (_, values, expected) => {
    // The same in one channel, which goes by itself, and in five, of which four go together.
    for (const channels of [1, 5]) {
      const everywhere = (each: number[]) => Float32Array.from(each.flatMap((v) => Array(channels).fill(v)));
      const input = { shape: [1, 2, 2, channels], values: everywhere(values) };
      const dy = { shape: [1, 1, 1, channels], values: everywhere([1]) };
      const pool = { filterSize: 2, strides: 2, pad: 'valid' };
      const [actual] = await runOn('wasm', 'MaxPoolGrad', { dy, input, output: dy }, pool);
      expect(actual!.values).toEqual(everywhere(expected));
    }
  });
});

describe('AvgPoolGrad', () => {
  it.each(poolCases)('≈ its twin: $input by $filterSize, stride $strides, $pad', async (pool) => {
    const input = randomValues(pool.input, 1);
    const { shape, top, left } = poolGeometry(pool);
    const dy = randomValues(shape, 2);
    const [actual] = await runOn('wasm', 'AvgPoolGrad', { dy, input }, pool);
    const twin = { filterSize: pool.filterSize, strides: pool.strides, top, left };
    const expected = { shape: input.shape, values: averagePoolGradTwin(dy, pool.input, twin) };
    const total = { shape: input.shape, values: averagePoolGradTwin(magnitudes(dy), pool.input, twin) };
    expect(worstExcess(actual!, expected, windowBound(total, pool))).toBeLessThanOrEqual(1);
  });

  it('is the gradient of what AvgPool computes, over the edge too', async () => {
    // Σ dy·AvgPool(x) = Σ dx·x, as pooling is linear; 200 terms below 1.
    const pool = { filterSize: 3, strides: 2, pad: 'same' };
    const x = randomValues([1, 6, 5, 3], 3);
    const [y] = await runOn('wasm', 'AvgPool', { x }, pool);
    const dy = randomValues(y!.shape, 4);
    const [dx] = await runOn('wasm', 'AvgPoolGrad', { dy, input: x }, pool);
    expect(Math.abs(dot(dy, y!) - dot(dx!, x))).toBeLessThan(200 * 12 * unitRoundoff);
  });
});

function dot(a: Values, b: Values): number {
  let sum = 0;
  for (const [i, value] of a.values.entries()) sum += value * b.values[i]!;
  return sum;
}

function poolGeometry({ input, filterSize, strides, pad }: PoolCase) {
  const info = backend_util.computePool2DInfo(input, filterSize, strides, 1, pad);
  return { shape: info.outShape, top: info.padInfo.top, left: info.padInfo.left };
}

/**
 * An entry of dx adds at most one term for each window that holds it, at most side² of them; one division
 * more for the mean, and one rounding on cpu: (side² + 2)·u·Σ|term|.
 */
function windowBound(total: Values, { filterSize }: PoolCase): Values {
  const windows = filterSize ** 2;
  return { shape: total.shape, values: total.values.map((sum) => 1.01 * (windows + 2) * unitRoundoff * sum) };
}
