import { describe, expect, it } from 'vitest';
import { dropoutMask } from '../../src/layers/dropoutMask.js';

describe('dropoutMask', () => {
  it('holds 0 and 1/(1 − dropRate) only, and the same values for the same seed', () => {
    expect([...dropoutMask(12, 0.5, 7)]).toMatchInlineSnapshot(`
      [
        0,
        0,
        2,
        2,
        0,
        0,
        2,
        0,
        0,
        0,
        0,
        2,
      ]
    `);
    expect(dropoutMask(100, 0.75, 3).every((each) => each === 0 || each === 4)).toBe(true);
    expect(dropoutMask(1000, 0.3, 1)).toEqual(dropoutMask(1000, 0.3, 1));
    expect(dropoutMask(1000, 0.3, 1)).not.toEqual(dropoutMask(1000, 0.3, 2));
  });

  it('begins with the same values for every size', () => {
    expect(dropoutMask(10, 0.5, 9)).toEqual(dropoutMask(1000, 0.5, 9).slice(0, 10));
  });

  it.each([0.1, 0.5, 0.9])('drops a share of %f, and neighbours independently', (dropRate) => {
    const size = 200_000;
    const mask = dropoutMask(size, dropRate, 5);
    const dropped = Array.from(mask, (each) => (each === 0 ? 1 : 0));
    const share = dropped.reduce((sum: number, each) => sum + each, 0) / size;
    // Five standard errors of a fraction; pairs of neighbours are correlated through the shared element.
    expect(Math.abs(share - dropRate)).toBeLessThan(5 * Math.sqrt((dropRate * (1 - dropRate)) / size));
    const both = dropped.reduce((sum: number, each, i) => sum + each * (dropped[i + 1] ?? 0), 0) / size;
    expect(Math.abs(both - dropRate ** 2)).toBeLessThan(
      5 * Math.sqrt((3 * dropRate ** 2 * (1 - dropRate ** 2)) / size),
    );
  });

  it('drops nothing at rate 0', () => {
    expect(dropoutMask(100, 0, 1).every((each) => each === 1)).toBe(true);
    // With this seed, −0x9e3779b9, the random bits of the first element are all 0.
    expect([...dropoutMask(1, 0, 0x61c88647)]).toEqual([1]);
  });
});
