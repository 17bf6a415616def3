import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { poolLength } from '../src/poolLength.js';

describe('poolLength', () => {
  it.each([
    [32, 3, 2, 'ceil', { length: 16, before: 0, after: 1 }],
    [16, 3, 2, 'ceil', { length: 8, before: 0, after: 1 }],
    [7, 3, 2, 'ceil', { length: 3, before: 0, after: 0 }],
    // The third window would begin at pixel 6 of 0 … 4.
    [5, 1, 3, 'ceil', { length: 2, before: 0, after: 0 }],
    [2, 3, 2, 'ceil', { length: 1, before: 0, after: 1 }],
    [24, 3, 2, 'same', { length: 12, before: 0, after: 1 }],
    [23, 3, 2, 'same', { length: 12, before: 1, after: 1 }],
    [24, 3, 1, 'same', { length: 24, before: 1, after: 1 }],
    [24, 3, 2, 'valid', { length: 11, before: 0, after: 0 }],
  ] as const)('%i pixels, %i/%i %s', (n, size, stride, padding, expected) => {
    expect(poolLength(n, size, stride, padding)).toEqual(expected);
  });

  it('every window begins inside, and the last window with its padding ends the image', () => {
    const length = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(length, length, length, fc.constantFrom('same', 'ceil'), (n, size, stride, padding) => {
        const { length, before, after } = poolLength(n, size, stride, padding);
        const lastStart = (length - 1) * stride - before;
        expect(lastStart).toBeLessThan(n);
        expect(after).toBe(Math.max(0, lastStart + size - n));
        if (padding === 'ceil' && size >= stride) expect(lastStart + size + stride).toBeGreaterThan(n);
      }),
    );
  });
});
