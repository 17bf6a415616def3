import { expect, it } from 'vitest';
import { binned } from '../../src/listeners/binned.js';

it('counts every value once, the greatest in the last bin', () => {
  const { edges, counts } = binned([0, 0.05, 1, 3, 3]);
  expect(edges).toHaveLength(31);
  expect([edges[0], edges[30]]).toEqual([0, 3]);
  // Bins are 0.1 wide: 0 and 0.05 in the first, 1 in the eleventh.
  expect([counts[0], counts[10], counts[29]]).toEqual([2, 1, 2]);
  expect(counts.reduce((sum, count) => sum + count)).toBe(5);
});

it('gives equal values bins around them', () => {
  for (const value of [1, -2, 0]) {
    const { edges, counts } = binned([value, value]);
    expect(edges[0]).toBeLessThan(value);
    expect(edges[30]).toBeGreaterThan(value);
    expect(counts.reduce((sum, count) => sum + count)).toBe(2);
  }
});
