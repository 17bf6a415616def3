import { arbitraries } from '@normlab/laws';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchOf } from '../src/samples/batchSample.js';

const drawn = <T>(arbitrary: fc.Arbitrary<T>) => fc.sample(arbitrary, { numRuns: 2000, seed: 1 });

describe('batches', () => {
  const samples = drawn(arbitraries.batch());

  it('have rank 2 to 5, at least two values and one channel', () => {
    expect(new Set(samples.map(({ shape }) => shape.length))).toEqual(new Set([2, 3, 4, 5]));
    const channels = samples.map(({ shape }) => shape.at(-1)!);
    const values = samples.map(({ shape }) => shape.slice(0, -1).reduce((a, b) => a * b, 1));
    expect([Math.min(...channels), Math.max(...channels)]).toEqual([1, 4]);
    expect(Math.min(...values)).toBe(2);
    expect(Math.max(...values)).toBeGreaterThan(200);
  });

  it('have scales of powers of two, and from 10⁻⁶ to 10⁶', () => {
    const scales = samples.map(({ scale }) => scale);
    expect(scales.filter((each) => Number.isInteger(Math.log2(each))).length).toBeGreaterThan(500);
    expect(Math.min(...scales)).toBe(1e-6);
    expect(Math.max(...scales)).toBe(1e6);
  });

  it('have ε = 0, and up to 10⁻¹', () => {
    const epsilons = samples.map(({ epsilon }) => epsilon);
    expect([Math.min(...epsilons), Math.max(...epsilons)]).toEqual([0, 0.1]);
    expect(epsilons).toContain(1e-5);
  });

  it('have means of up to 10⁴ deviations, nearly constant channels, constant ones, and outliers', () => {
    expect(Math.max(...samples.map(({ mean }) => mean))).toBe(1e4);
    const quiet = samples.map((sample) => sample.quiet);
    expect(quiet.filter((each) => each > 0 && each < 1e-3).length).toBeGreaterThan(50);
    expect(quiet).toContain(0);
    expect(samples.some(({ outlier }) => outlier)).toBe(true);
  });

  it('have the described mean and standard deviation, within five standard errors', () => {
    const sample = { shape: [4000, 2], scale: 2, mean: 3, quiet: 0.5, outlier: false, epsilon: 0, seed: 4 };
    const { data } = batchOf(sample);
    for (const [channel, deviation, mean] of [
      [0, 1, 6],
      [1, 2, -6],
    ] as const) {
      const column = Array.from(data).filter((_, i) => i % 2 === channel);
      const average = column.reduce((a, b) => a + b, 0) / column.length;
      const variance = column.reduce((a, b) => a + (b - average) ** 2, 0) / column.length;
      expect(Math.abs(average - mean)).toBeLessThan((5 * deviation) / Math.sqrt(4000));
      expect(Math.abs(variance / deviation ** 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / 4000));
    }
  });
});

describe('layers', () => {
  const samples = drawn(arbitraries.layer());

  it('are dense, narrow and wide, with at least two samples and one channel', () => {
    const dense = samples.filter(({ kind }) => kind === 'dense');
    const kernels = samples.filter(({ kind }) => kind === 'conv').map(({ kernelSize }) => kernelSize);
    expect(dense.length).toBeGreaterThan(500);
    expect(new Set(kernels)).toEqual(new Set([1, 3]));
    expect(Math.min(...dense.map(({ batch }) => batch))).toBe(2);
    for (const side of ['inputs', 'outputs'] as const) {
      const channels = samples.map((sample) => sample[side]);
      expect([Math.min(...channels), Math.max(...channels)]).toEqual([1, 16]);
    }
  });

  it('have scales a from 10⁻⁶ to 10⁶, kernels and inputs of any size, ε from 0', () => {
    const magnitudes = samples.map(({ a }) => Math.abs(a));
    expect([Math.min(...magnitudes), Math.max(...magnitudes)]).toEqual([1e-6, 1e6]);
    expect(samples.filter(({ a }) => Number.isInteger(Math.log2(Math.abs(a)))).length).toBeGreaterThan(500);
    const epsilons = samples.map(({ epsilon }) => epsilon);
    expect([Math.min(...epsilons), Math.max(...epsilons)]).toEqual([0, 0.1]);
  });
});

describe('scales a', () => {
  it('are negative and positive, never 0', () => {
    const scales = drawn(arbitraries.layer()).map(({ a }) => a);
    expect(scales.filter((a) => a < 0).length).toBeGreaterThan(500);
    expect(scales.filter((a) => a > 0).length).toBeGreaterThan(500);
    expect(scales.some((a) => a === 0)).toBe(false);
  });

  it('are powers of two where a law is checked bit for bit', () => {
    const scales = drawn(arbitraries.scaledNetwork()).map(({ a }) => Math.log2(a));
    expect(scales.every(Number.isInteger)).toBe(true);
    expect([Math.min(...scales), Math.max(...scales)]).toEqual([-6, 6]);
  });
});

describe('networks', () => {
  it('train within ηλ ≤ (1 − √m)², where law 14 has a real root', () => {
    for (const { learningRate, weightDecay, momentum } of drawn(arbitraries.network())) {
      const middle = 1 + momentum - learningRate * weightDecay;
      expect(middle * middle - 4 * momentum).toBeGreaterThanOrEqual(-1e-12);
    }
  });
});

describe('samples', () => {
  it.each(Object.keys(arbitraries) as (keyof typeof arbitraries)[])(
    '%s can be printed and read back',
    (kind) => {
      for (const sample of fc.sample<unknown>(arbitraries[kind](), { numRuns: 20, seed: 2 })) {
        expect(JSON.parse(JSON.stringify(sample))).toEqual(sample);
      }
    },
  );
});
