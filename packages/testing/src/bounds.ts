import { expect } from 'vitest';
import { arrayOf, type NdArray, vectorOf } from './arrays.js';
import { gamma } from './roundoff.js';

/** Expects every element to be within its own bound of the expected value; the failure shows the others. */
export function expectWithin(actual: ArrayLike<number>, expected: NdArray, bound: NdArray): void {
  expect(actual.length).toBe(expected.values.length);
  const out = Array.from(expected.values, (value, place) => ({
    place,
    expected: value,
    actual: actual[place]!,
    bound: bound.values[place]!,
  })).filter(({ expected, actual, bound }) => !(Math.abs(actual - expected) <= bound));
  expect(out).toEqual([]);
}

/** Expects every element within 48 roundings of the largest element: a root, two divisions, a few sums. */
export function expectRounded(actual: ArrayLike<number>, expected: readonly number[]): void {
  const most = gamma(48) * Math.max(...expected.map(Math.abs));
  expectWithin(
    actual,
    vectorOf(expected),
    arrayOf([expected.length], () => most),
  );
}

/**
 * The largest |actual − expected|/bound; above 1 a bound is violated. NaN and arrays of different lengths give
 * infinity.
 */
export function worstExcess(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  boundAt: (i: number) => number,
): number {
  if (actual.length !== expected.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const off = Math.abs(actual[i]! - expected[i]!);
    if (Number.isNaN(off)) return Infinity;
    if (off !== 0) worst = Math.max(worst, off / boundAt(i));
  }
  return worst;
}
