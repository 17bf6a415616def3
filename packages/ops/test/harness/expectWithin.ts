import { expect } from 'vitest';
import { arrayOf, type NdArray, vectorOf } from '../reference/ndArray.js';
import { roundings } from './roundoff.js';

/** Every element is within its own bound of what is expected; shows those that are not. */
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

/** Every element is what is expected but for 48 roundings of the largest: a root, two divisions, a few sums. */
export function expectRounded(actual: ArrayLike<number>, expected: readonly number[]): void {
  const most = roundings(48) * Math.max(...expected.map(Math.abs));
  expectWithin(
    actual,
    vectorOf(expected),
    arrayOf([expected.length], () => most),
  );
}
