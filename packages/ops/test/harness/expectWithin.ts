import { expect } from 'vitest';
import type { NdArray } from '../reference/ndArray.js';

/** Every element is within its own bound of what is expected; says which is furthest out where not. */
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
