import { twins, unitRoundoff } from '@normlab/testing';
import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import { setBackend } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { magnitudes, randomValues, runOn, type Values, worstExcess } from './support/bothBackends.js';

/** Every pattern of reduced and kept axes that has a name, and some that have none. */
const layouts: { shape: number[]; axes: number[]; name: string }[] = [
  { name: 'batch norm', shape: [2, 5, 7, 10], axes: [0, 1, 2] },
  { name: 'batch norm, 97 channels', shape: [3, 9, 1, 97], axes: [0, 1, 2] },
  { name: 'batch norm, 1 channel', shape: [1, 9, 9, 1], axes: [0, 1, 2] },
  { name: 'batch norm, several chunks', shape: [8, 24, 24, 24], axes: [0, 1, 2] },
  { name: 'dense batch norm', shape: [6, 3], axes: [0] },
  { name: 'layer norm', shape: [4, 3, 3, 5], axes: [1, 2, 3] },
  { name: 'layer norm over the last axis', shape: [7, 33], axes: [1] },
  { name: 'layer norm of many rows', shape: [5000, 7], axes: [1] },
  { name: 'layer norm of many images', shape: [40, 30, 30, 3], axes: [1, 2, 3] },
  { name: 'instance norm', shape: [3, 6, 5, 5], axes: [1, 2] },
  { name: 'group norm', shape: [2, 12, 3, 4], axes: [1, 3] },
  { name: 'all of it', shape: [5, 13, 3], axes: [0, 1, 2] },
  { name: 'a long line', shape: [1, 6000], axes: [1] },
  { name: 'first and third axis of five', shape: [2, 3, 4, 3, 2], axes: [0, 2] },
  { name: 'first, third and fifth axis of five', shape: [2, 3, 4, 3, 2], axes: [0, 2, 4] },
];

let kernels: WasmKernels;

beforeAll(async () => {
  await setBackend('wasm');
  kernels = await registerWasmKernels();
});

afterAll(() => kernels.close());

describe('NormlabStandardize', () => {
  const epsilon = 1e-5;

  it.each(layouts)('≈ its twin: $name, $shape over $axes', async ({ shape, axes }) => {
    await expectStandardized(randomValues(shape, 1), axes, epsilon);
  });

  it.each([
    ['a mean of 10⁴ standard deviations', 1e4, 1],
    ['a tiny spread', 3, 2 ** -12],
    ['huge values', 0, 2 ** 40],
  ])('keeps its digits: %s', async (_, mean, spread) => {
    const { shape, values } = randomValues([100, 100, 10], 3);
    await expectStandardized({ shape, values: values.map((v) => mean + spread * v) }, [0, 1], 0);
  });

  it('keeps its digits where the entries that it looks at first are outliers', async () => {
    // 16 of 100 000 rows: their mean is 79 standard deviations from that of all.
    const { shape, values } = randomValues([100_000, 5], 4);
    const outliers = values.map((v, i) => (Math.floor(i / 5) % 6250 === 0 ? 1000 + v : v));
    await expectStandardized({ shape, values: outliers }, [0], 0);
  });

  it('of a constant is 0, with variance 0', async () => {
    const x = { shape: [50, 3], values: new Float32Array(150).fill(0.1) };
    const [y, mean, variance] = await runOn('wasm', 'NormlabStandardize', { x }, { axes: [0], epsilon });
    expect([...y!.values]).toEqual(new Array(150).fill(0));
    expect([...mean!.values]).toEqual(new Array(3).fill(Math.fround(0.1)));
    expect([...variance!.values]).toEqual([0, 0, 0]);
  });

  it('≈ its twin for any shape and axes', async () => {
    const layout = fc.array(fc.constantFrom(1, 2, 3, 5, 10), { minLength: 2, maxLength: 5 }).chain((shape) =>
      fc
        .subarray(
          shape.map((_, axis) => axis),
          { minLength: 1 },
        )
        .map((axes) => ({ shape, axes })),
    );
    await fc.assert(
      fc.asyncProperty(layout, fc.integer({ min: 1, max: 1000 }), ({ shape, axes }, seed) =>
        expectStandardized(randomValues(shape, seed), axes, epsilon),
      ),
      { numRuns: 40, seed: 7 },
    );
  });
});

describe('NormlabStandardizeGrad', () => {
  const epsilon = 1e-5;

  it.each(layouts)('≈ its twin: $name, $shape over $axes', async ({ shape, axes }) => {
    await expectGradient(randomValues(shape, 5), randomValues(shape, 6), axes, epsilon);
  });

  it('keeps its digits where dy is far from 0', async () => {
    const { shape, values } = randomValues([100, 100, 5], 7);
    const dy = { shape, values: values.map((v) => 1e4 + v) };
    await expectGradient(dy, randomValues(shape, 8), [0, 1], epsilon);
  });
});

describe.each(['Sum', 'Mean'])('%s', (kernelName) => {
  it.each(layouts)('≈ its twin: $name, $shape over $axes', async ({ shape, axes }) => {
    const x = randomValues(shape, 9);
    const [actual] = await runOn('wasm', kernelName, { x }, { axis: axes, keepDims: false });
    const [cpu] = await runOn('cpu', kernelName, { x }, { axis: axes, keepDims: false });
    const { mean } = twins.standardize(x, axes, 1);
    const { mean: magnitude } = twins.standardize(magnitudes(x), axes, 1);
    const factor = kernelName === 'Mean' ? 1 : x.values.length / mean.values.length;
    expect(actual!.shape).toEqual(cpu!.shape);
    const bounds = { shape: mean.shape, values: magnitude.values.map((m) => sumError * m * factor) };
    const expected = { shape: mean.shape, values: mean.values.map((each) => each * factor) };
    expect(worstExcess(actual!, expected, bounds)).toBeLessThanOrEqual(1);
  });

  it('does not lose digits to the length of the sum', async () => {
    // In one chain of float32, 4096 terms of 0.1 are off by 1e-5 of the sum: each addition rounds the same way.
    for (const channels of [1, 8]) {
      const shape = [4096, channels];
      const x = { shape, values: new Float32Array(4096 * channels).fill(0.1) };
      const [actual] = await runOn('wasm', kernelName, { x }, { axis: [0], keepDims: false });
      const exact = Math.fround(0.1) * (kernelName === 'Sum' ? 4096 : 1);
      for (const value of actual!.values) {
        expect(Math.abs(value - exact)).toBeLessThanOrEqual(sumError * exact);
      }
    }
  });

  it('keeps reduced axes where asked', async () => {
    const x = randomValues([2, 3, 4], 1);
    const [actual] = await runOn('wasm', kernelName, { x }, { axis: [0, 1], keepDims: true });
    expect(actual!.shape).toEqual([1, 1, 4]);
  });

  it('of nothing', async () => {
    const x = { shape: [0, 3], values: new Float32Array(0) };
    const [actual] = await runOn('wasm', kernelName, { x }, { axis: [0], keepDims: false });
    const nothing = kernelName === 'Sum' ? 0 : Number.NaN;
    expect(actual).toEqual({ shape: [3], values: Float32Array.of(nothing, nothing, nothing) });
  });

  it('leaves integers to tfjs', async () => {
    const x = { shape: [3], values: Int32Array.of(1, 2 ** 30, 5) };
    const [actual] = await runOn('wasm', 'Sum', { x }, { axis: [0], keepDims: false });
    expect([...actual!.values]).toEqual([2 ** 30 + 6]);
  });
});

/**
 * A block of 32 float32 terms (in 4 lanes for lines) adds with at most 32·u of Σ|term|; the float64 sums of the
 * blocks add nothing to speak of, the result is rounded once more.
 */
const sumError = 34 * unitRoundoff;

/**
 * Bounds, with d = x − shift exact to u·|d| and |mean d| ≤ 2·sd (else the kernel takes another shift):
 * the sums of d are off by sumError·Σ|d|, those of d² by (sumError + 3u)·Σd², so that the variance, E[d²] − E[d]²
 * with E[d²] ≤ 5·variance, is off by 5·(sumError + 3u) + 2·2·√5·sumError < 400·u of itself; the mean by
 * sumError·√5·sd and one rounding. y inherits half of the variance's error, the mean's and 6 roundings of
 * numbers up to (|x − mean| + 2·2·sd)/sd.
 */
async function expectStandardized(x: Values, axes: number[], epsilon: number): Promise<void> {
  const [y, mean, variance] = await runOn('wasm', 'NormlabStandardize', { x }, { axes, epsilon });
  const twin = twins.standardize(x, axes, epsilon);
  const set = twins.setsOf(x.shape, axes);
  expect(y!.shape).toEqual(x.shape);
  expect(mean!.shape).toEqual(twin.mean.shape);
  expect(variance!.shape).toEqual(twin.variance.shape);
  const u = unitRoundoff;
  const meanBounds = twin.mean.values.map(
    (m, i) => sumError * 2.3 * Math.sqrt(twin.variance.values[i]!) + u * Math.abs(m),
  );
  const varianceBounds = twin.variance.values.map((v) => 400 * u * v);
  const yBounds = twin.y.values.map((value, i) => {
    const stat = set[i]!;
    const spread = Math.sqrt(twin.variance.values[stat]! / (twin.variance.values[stat]! + epsilon));
    return u * (200 * Math.abs(value) + 34 * 2.3 * spread + 6 * (Math.abs(value) + 4 * spread));
  });
  expect(worstExcess(mean!, twin.mean, { shape: twin.mean.shape, values: meanBounds })).toBeLessThanOrEqual(
    1,
  );
  expect(
    worstExcess(variance!, twin.variance, { shape: twin.mean.shape, values: varianceBounds }),
  ).toBeLessThanOrEqual(1);
  expect(worstExcess(y!, twin.y, { shape: x.shape, values: yBounds })).toBeLessThanOrEqual(1);
}

/**
 * The two means are sums of at most 34·u, of terms no larger than the spread D of dy and D·max|y|; the shift is
 * within D of all entries; y·slope and the subtractions round 6 times numbers up to D·(1 + max y²). As y here
 * is any tensor, its mean m is not 0, and the shift s enters the slope's twin as s·m: y less its mean is used.
 */
async function expectGradient(dy: Values, anyY: Values, axes: number[], epsilon: number): Promise<void> {
  const { y: standardized, variance: wide } = twins.standardize(anyY, axes, epsilon);
  const y = { shape: dy.shape, values: Float32Array.from(standardized.values) };
  const variance = { shape: [...wide.shape], values: Float32Array.from(wide.values) };
  const [dx, mean, slope] = await runOn(
    'wasm',
    'NormlabStandardizeGrad',
    { dy, y, variance },
    { axes, epsilon },
  );
  const twin = twins.standardizeGradient(dy, y, variance, axes, epsilon);
  const set = twins.setsOf(dy.shape, axes);
  expect(dx!.shape).toEqual(dy.shape);
  const [low, high] = [Math.min(...dy.values), Math.max(...dy.values)];
  const largestY = Math.max(...y.values.map(Math.abs));
  // What float32 makes of y moves its mean from 0 by up to u·max|y|, seen through the mean of dy.
  const tilt = Math.max(Math.abs(low), Math.abs(high)) * largestY * largestY;
  const bounds = twin.dx.values.map((_, i) => {
    const inverse = 1 / Math.sqrt(variance.values[set[i]!]! + epsilon);
    return unitRoundoff * inverse * ((high - low) * (34 + 6) * (1 + largestY ** 2) + tilt);
  });
  expect(worstExcess(dx!, twin.dx, { shape: dy.shape, values: bounds })).toBeLessThanOrEqual(1);
  const { shape } = variance;
  const meanError = unitRoundoff * ((high - low) * 34 + Math.max(Math.abs(low), Math.abs(high)));
  const slopeError = unitRoundoff * ((high - low) * 40 * largestY + tilt);
  const constant = (value: number) => ({ shape, values: twin.slope.values.map(() => value) });
  expect(worstExcess(mean!, twin.mean, constant(meanError))).toBeLessThanOrEqual(1);
  expect(worstExcess(slope!, twin.slope, constant(slopeError))).toBeLessThanOrEqual(1);
}
