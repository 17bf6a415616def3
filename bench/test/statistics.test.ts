import { OptionError } from '@normlab/errors';
import { describe, expect, it } from 'vitest';
import { fittedExponent, median, quantile } from '../src/statistics.js';

describe('median', () => {
  it('median(5, 1, 9) = 5, in any order', () => {
    expect(median([5, 1, 9])).toBe(5);
    expect(median([9, 5, 1])).toBe(5);
  });

  it('median(4, 1, 2, 10) = (2 + 4)/2, sorted as numbers, not as text', () => {
    expect(median([4, 1, 2, 10])).toBe(3);
  });

  it('does not change its input', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it('one slow run of five does not change the median', () => {
    expect(median([2, 2, 2, 2, 1000])).toBe(2);
  });

  it('refuses an empty list', () => {
    expect(() => median([])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: quantile: values must not be empty.]`,
    );
    expect(() => median([])).toThrow(OptionError);
  });
});

describe('quantile', () => {
  it('quantile(1 … 5, ¼) = 2 and quantile(10, 20; ¾) = 17.5', () => {
    expect(quantile([5, 4, 3, 2, 1], 0.25)).toBe(2);
    expect(quantile([10, 20], 0.75)).toBe(17.5);
  });
});

describe('fittedExponent', () => {
  // Logarithms and sums of a few numbers of the order of 1: far below 1e-12.
  it('y = 3x² has exponent 2; y = 7/x has exponent −1; a constant has 0', () => {
    expect(fittedExponent([1, 2, 5].map((x) => [x, 3 * x ** 2]))).toBeCloseTo(2, 12);
    expect(fittedExponent([1, 2, 5].map((x) => [x, 7 / x]))).toBeCloseTo(-1, 12);
    expect(fittedExponent([1, 2, 5].map((x) => [x, 4]))).toBeCloseTo(0, 12);
  });

  it('(1, 1), (2, 4), (4, 4): the points in powers of two are (0, 0), (1, 2), (2, 2), whose line has slope 1', () => {
    expect(
      fittedExponent([
        [1, 1],
        [2, 4],
        [4, 4],
      ]),
    ).toBeCloseTo(1, 12);
  });

  it('refuses points that it cannot fit', () => {
    expect(() => fittedExponent([[1, 0]])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: fittedExponent: points must be positive, got [[1,0]].]`,
    );
    expect(() =>
      fittedExponent([
        [2, 1],
        [2, 3],
      ]),
    ).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: fittedExponent: points must have at least two different x, got [[2,1],[2,3]].]`,
    );
  });
});
