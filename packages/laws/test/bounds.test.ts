import { arbitraries } from '@normlab/laws';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gamma, meanError } from '../src/bounds/roundoff.js';
import { exactly } from '../src/bounds/tracked.js';
import { trackNetwork } from '../src/bounds/trackNetwork.js';
import { trackStandardize } from '../src/bounds/trackStandardize.js';
import { trackStandardizeGradient } from '../src/bounds/trackStandardizeGradient.js';
import { compare, severity, worst } from '../src/judge.js';
import { known } from '../src/judged.js';
import { batchOf, normalValues } from '../src/samples/batchSample.js';
import { labelledBatchOf, paramsOf } from '../src/samples/networkSample.js';
import { rightParts } from './plain/parts.js';
import { plain } from './plain/plainLayers.js';
import { plainLossAndGradients } from './plain/plainNetwork.js';
import { plainSubject } from './plain/plainSubject.js';

const u = 2 ** -24;

describe('roundoff', () => {
  it('γₙ bounds n roundings: ones added up in float32 to 2²⁴ and beyond', () => {
    // fl(2²⁴ + 1) = 2²⁴: a relative error of u, within γ₁.
    expect(1 - Math.fround(2 ** 24 + 1) / (2 ** 24 + 1)).toBeLessThanOrEqual(gamma(1, u));
    expect(1 - Math.fround(2 ** 24 + 1) / (2 ** 24 + 1)).toBeGreaterThan(gamma(0.9, u));
    expect(meanError(1, u)).toBe(gamma(5, u));
  });
});

describe('compare', () => {
  const left = (computed: number[], error: number[], channelSizes?: number[]) => ({
    ...known({ data: computed, shape: [computed.length] }),
    error: Float64Array.from(error),
    size: 10,
    ...(channelSizes && { channelSizes: Float64Array.from(channelSizes) }),
  });

  it('gives the element nearest to its bound, in units of its size, and its place in its own units', () => {
    const at = { index: [1], got: 2.5, expected: 2, allowed: 1 };
    const right = known({ data: [1, 2], shape: [2] });
    expect(compare([left([1, 2.5], [0.1, 1]), right])).toStrictEqual({ error: 0.05, bound: 0.1, at });
    const byChannel = compare([left([1, 2.5], [0.1, 1], [1, 5]), right], 'named');
    expect(byChannel).toEqual({ error: 0.1, bound: 0.2, at: { side: 'named', ...at } });
  });

  it('adds both errors, and that of an approximate law', () => {
    const right = { ...known({ data: [1], shape: [1] }), error: Float64Array.of(2) };
    expect(compare([left([1], [1]), right, 4]).bound).toBe(0.7);
    expect(compare([left([1], [1]), right, [4]]).bound).toBe(0.7);
    expect(compare([left([1], [1]), right]).bound).toBe(0.3);
  });

  it('takes the values of one number, and units of 1 where a size is 0 or unknown', () => {
    expect(compare([left([5], [1]), 2])).toMatchObject({ error: 0.3, bound: 0.1, at: { index: [0] } });
    for (const size of [0, Number.NaN, Infinity, -1]) {
      expect(compare([{ ...left([5], [1]), size }, 2])).toMatchObject({ error: 3, bound: 1 });
    }
    const scalar = { ...known({ data: [5], shape: [] }), error: Float64Array.of(1) };
    expect(compare([{ ...scalar, size: 10 }, 2]).at).toEqual({ index: [], got: 5, expected: 2, allowed: 1 });
  });

  it('compares by error/bound, each in its own unit; the first counts of several that are equally near', () => {
    const right = known({ data: [0, 0, 0], shape: [3] });
    // 1 of 4, 2 of 5, and 4 of 16; in units of 1, 2 and 64.
    const { at } = compare([left([1, 2, 4], [4, 5, 16], [1, 2, 64]), right]);
    expect(at).toMatchObject({ index: [1], got: 2, allowed: 5 });
    expect(compare([left([1, 2, 4], [2, 4, 8]), right]).at!.index).toEqual([0]);
    // Two that have no error: the first is at the place of the verdict.
    expect(compare([left([0, 0], [1, 2]), known({ data: [0, 0], shape: [2] })]).at!.index).toEqual([0]);
    // No error is better than a small one of a bound of 0.
    const without = compare([left([0, 1e-9], [0, 0]), known({ data: [0, 0], shape: [2] })]);
    expect(without).toMatchObject({ error: 1e-10, bound: 0, at: { index: [1] } });
  });

  it('severity: error/bound, 0 without an error, infinite without a bound to hold, −1 where there is none', () => {
    expect(severity({ error: 3, bound: 6 })).toBe(0.5);
    expect(severity({ error: 0, bound: 0 })).toBe(0);
    expect(severity({ error: 1, bound: 0 })).toBe(Infinity);
    expect(severity({ error: Infinity, bound: 1 })).toBe(Infinity);
    for (const bound of [Infinity, Number.NaN]) expect(severity({ error: 3, bound })).toBe(-1);
  });

  it('the worst of several verdicts, of equal ones the first, and none of none', () => {
    expect(worst([])).toEqual({ error: 0, bound: Infinity });
    const [first, second] = [
      { error: 1, bound: 2, reason: 'first' },
      { error: 2, bound: 4, reason: 'second' },
    ];
    expect(worst([first, second])).toBe(first);
    expect(worst([{ error: 3, bound: 4 }, first])).toEqual({ error: 3, bound: 4 });
  });

  it('ignores elements without a bound, and counts NaN as the worst', () => {
    expect(compare([left([Number.NaN], [Infinity]), 0])).toEqual({ error: 0, bound: Infinity });
    expect(compare([left([Number.NaN], [1]), 0])).toMatchObject({ error: Infinity, bound: 0.1 });
    expect(
      worst([
        { error: 0, bound: 0 },
        { error: 1e-9, bound: 0 },
      ]),
    ).toEqual({ error: 1e-9, bound: 0 });
  });
});

describe('the bound on ŷ', () => {
  it('covers a two-pass float32 standardization in the worst order, and is not much larger', () => {
    let closest = 0;
    for (const sample of fc.sample(arbitraries.batch(), { numRuns: 500, seed: 3 })) {
      const x = batchOf(sample);
      const { y } = trackStandardize(exactly(x), sample.epsilon, u);
      const computed = naiveFloat32(x.data, x.shape.at(-1)!, sample.epsilon);
      y.error.forEach((error, i) => {
        if (!Number.isFinite(error)) return;
        const off = Math.abs(computed[i]! - y.value[i]!);
        expect(off).toBeLessThanOrEqual(error);
        if (error > 0) closest = Math.max(closest, off / error);
      });
    }
    // One order of summation cannot reach a bound over all orders, but it should come near.
    expect(closest).toBeGreaterThan(0.1);
  });

  it('grows with mean/sd as γ_{m+4}·mean|x|/s, and is infinite where no digit is left', () => {
    const errorAt = (mean: number, quiet: number) => {
      const sample = { shape: [16, 1], scale: 1, mean, quiet, outlier: false, epsilon: 0, seed: 1 };
      return trackStandardize(exactly(batchOf(sample)), 0, u).y.error[0]!;
    };
    expect(errorAt(1e4, 1) / errorAt(1e3, 1)).toBeGreaterThan(8);
    expect(errorAt(1e4, 1) / errorAt(1e3, 1)).toBeLessThan(12);
    expect(errorAt(1, 0)).toBe(Infinity);
  });
});

describe('the tracked values', () => {
  it('equal the float64 twin’s, forward and backward', async () => {
    for (const sample of fc.sample(arbitraries.batch(), { numRuns: 50, seed: 4 })) {
      const x = batchOf({ ...sample, epsilon: 0.01 });
      const dy = normalValues(x.shape, sample.seed, 'dy');
      const norm = trackStandardize(exactly(x), 0.01, u);
      const twin = plainSubject({ unitRoundoff: 2 ** -50 });
      const gradient = trackStandardizeGradient(exactly(dy), norm, u);
      // Means of up to 10⁴ deviations cost the twin itself four of its sixteen digits.
      await expectClose(norm.y.value, twin.standardize(x, 0.01), 1e-10);
      await expectClose(gradient.value, twin.standardizeGradient(x, dy, 0.01), 1e-10);
    }
  });

  it('equal the float64 twin’s for networks too, whose gradients agree with finite differences', async () => {
    for (const sample of fc.sample(arbitraries.network(), { numRuns: 20, seed: 5 })) {
      const network = { ...sample.network, activation: 'tanh' as const, epsilon: 1e-3 };
      const params = Object.fromEntries(
        Object.entries(paramsOf(sample)).map(([path, values]) => [path, plain(values)]),
      );
      const { images, labels } = labelledBatchOf(sample);
      const loss = (at: typeof params) =>
        plainLossAndGradients(rightParts, network, at, plain(images), labels);
      const { loss: value, gradients } = loss(params);
      const tracked = trackNetwork(
        network,
        Object.fromEntries(Object.entries(params).map(([path, each]) => [path, exactly(each)])),
        { images: exactly(images), labels },
        {},
      );
      expect(tracked.loss).toBeCloseTo(value, 12);
      for (const [path, { data, shape }] of Object.entries(params)) {
        await expectClose(tracked.gradients[path]!.value, gradients[path]!, 1e-11);
        const direction = normalValues(shape, sample.seed, `direction/${path}`).data;
        const h = 1e-5;
        const moved = (by: number) => ({
          ...params,
          [path]: { data: data.map((w, i) => w + by * direction[i]!), shape },
        });
        const slope = (loss(moved(h)).loss - loss(moved(-h)).loss) / (2 * h);
        const inner = gradients[path]!.data.reduce((sum, g, i) => sum + g * direction[i]!, 0);
        // Truncation h²·|f‴|/6 and rounding 2⁻⁵²/h, third derivatives within 10⁴.
        expect(Math.abs(slope - inner)).toBeLessThan(1e-6);
      }
    }
  });
});

/** Two passes in float32, with every operation rounded, in the order of the values. */
function naiveFloat32(x: Float32Array | Float64Array, channels: number, epsilon: number): Float32Array {
  const f = Math.fround;
  const y = new Float32Array(x.length);
  for (let c = 0; c < channels; c++) {
    const column = Array.from(x).filter((_, i) => i % channels === c);
    const mean = f(column.reduce((sum, each) => f(sum + each), 0) / column.length);
    const squares = column.reduce((sum, each) => f(sum + f(f(each - mean) ** 2)), 0);
    const inverse = f(1 / f(Math.sqrt(f(f(squares / column.length) + f(epsilon)))));
    column.forEach((each, row) => {
      y[row * channels + c] = f(f(each - mean) * inverse);
    });
  }
  return y;
}

async function expectClose(
  actual: ArrayLike<number>,
  expected: { readonly data: ArrayLike<number> } | Promise<{ readonly data: ArrayLike<number> }>,
  tolerance: number,
): Promise<void> {
  const { data } = await expected;
  const size = Math.max(1, ...Array.from(data, Math.abs));
  for (let i = 0; i < data.length; i++)
    expect(Math.abs(actual[i]! - data[i]!)).toBeLessThan(tolerance * size);
}
