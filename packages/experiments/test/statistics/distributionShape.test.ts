import { readFileSync } from 'node:fs';
import { randomStream } from '@normlab/random';
import { expect, it } from 'vitest';
import { type DistributionShape, distributionShape } from '../../src/index.js';
import { normalCdf } from '../../src/statistics/distributions.js';

type Case = DistributionShape & { readonly name: string; readonly values: number[] };

const { shapes }: { readonly shapes: readonly Case[] } = JSON.parse(
  readFileSync(new URL('../../../../vectors/statistics/statistics.json', import.meta.url), 'utf8'),
);

it.each(shapes)('SciPy finds the same moments and distance for $name', ({ values, name, ...wanted }) => {
  const found = distributionShape(values);
  expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort());
  for (const [key, value] of Object.entries(wanted)) {
    // Float64 on both sides, at most 400 values near their sd: a few hundred times 2⁻⁵³.
    expect(Math.abs(found[key as keyof DistributionShape] - value)).toBeLessThan(1e-12);
  }
});

it('by hand: −1, 0, 1', () => {
  const { mean, sd, skew, excessKurtosis, ks } = distributionShape([-1, 0, 1]);
  expect([mean, skew]).toEqual([0, 0]);
  expect(sd).toBeCloseTo(Math.sqrt(2 / 3), 14);
  // m₄ = 2/3, m₂² = 4/9.
  expect(excessKurtosis).toBeCloseTo(-1.5, 14);
  // The distance lies at −1: 1/3 − Φ(−√1.5) = .3333 − .1103.
  expect(ks).toBeCloseTo(0.222998, 6);
});

it('finds the distance that every value in turn gives, whatever the shape', () => {
  const stream = randomStream(7);
  for (const shape of [
    (x: number) => x,
    (x: number) => Math.abs(x),
    (x: number) => x ** 3,
    (x: number) => Math.sign(x),
    (x: number) => (x > 2 ? 40 : x),
    (x: number) => Math.round(x),
  ]) {
    const values = Float32Array.from({ length: 5000 }, () => shape(stream.normal()));
    const { ks, mean, sd } = distributionShape(values);
    expect(ks).toBe(slowDistance(values, mean, sd));
  }
});

it('gives equal values the shape of a point', () => {
  expect(distributionShape([2, 2, 2])).toEqual({ mean: 2, sd: 0, skew: 0, excessKurtosis: 0, ks: 0.5 });
});

it('refuses an empty sample and values that are not finite', () => {
  expect(() => distributionShape([])).toThrowErrorMatchingInlineSnapshot(
    `[OptionError: distributionShape: values must hold at least one value.]`,
  );
  expect(() => distributionShape([1, Number.NaN])).toThrowErrorMatchingInlineSnapshot(
    `[OptionError: distributionShape: values must be finite numbers.]`,
  );
});

/** The definition, over every value; Φ by the same library, so that equal numbers are expected. */
function slowDistance(values: Float32Array, mean: number, sd: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted.reduce((most, value, index) => {
    const expected = normalCdf((value - mean) / sd);
    return Math.max(most, (index + 1) / sorted.length - expected, expected - index / sorted.length);
  }, 0);
}
