import { refuseOthers } from '@normlab/errors';
import { checkLevel, checkSample, type LevelOptions } from './checkSample.js';
import { binomialCdf } from './distributions.js';
import { medianOf } from './medianOf.js';

/** The exact sign test of a median against 0. */
export type SignTest = {
  readonly n: number;
  readonly median: number;
  /** For the median of the distribution; null if even the whole range of the sample holds it less often than `level`. */
  readonly interval: readonly [low: number, high: number] | null;
  /** One-sided, of H₀: the median is ≥ 0; a small value is evidence for a median below 0. */
  readonly pBelow: number;
  /** One-sided, of H₀: the median is ≤ 0. */
  readonly pAbove: number;
};

/**
 * The exact sign test, and the exact interval for the median.
 *
 *   [x₍ₖ₎, x₍ₙ₊₁₋ₖ₎] with the largest k for which P(B < k) ≤ (1 − level) / 2, B ~ binomial(n, ½)
 *   pBelow = P(B ≤ number of values above 0), B ~ binomial(number of values other than 0, ½)
 *
 * Assumes only that the values are independent draws from one distribution: not its shape, and no spread. One slow round
 * of a timing moves neither by more than one place in the order.
 *
 * Source: W. J. Conover, Practical Nonparametric Statistics, 3rd ed., sections 3.2 and 3.4.
 *
 * @throws OptionError if there is no value or one is not finite
 */
export function signTest(
  values: readonly number[],
  { level = 0.95, ...others }: LevelOptions = {},
): SignTest {
  refuseOthers('signTest', others, ['level']);
  const where = 'signTest';
  checkSample(where, 'values', values, 1);
  checkLevel(where, 'level', level);
  const n = values.length;
  const above = values.filter((value) => value > 0).length;
  const below = values.filter((value) => value < 0).length;
  return {
    n,
    median: medianOf(values),
    interval: medianInterval(values, level),
    pBelow: binomialCdf(above, above + below, 0.5),
    pAbove: binomialCdf(below, above + below, 0.5),
  };
}

function medianInterval(values: readonly number[], level: number): SignTest['interval'] {
  const sorted = [...values].sort((a, b) => a - b);
  let left = 0;
  while (binomialCdf(left, sorted.length, 0.5) <= (1 - level) / 2) left++;
  return left === 0 ? null : [sorted[left - 1]!, sorted[sorted.length - left]!];
}
