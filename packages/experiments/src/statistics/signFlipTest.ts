import { OptionError } from '@normlab/errors';
import { checkSample } from './checkSample.js';

/** The result of an exact sign-flip test. */
export type SignFlip = {
  /** Two-sided. */
  readonly p: number;
  /** The smallest p that n differences can give: 2 / 2ⁿ. */
  readonly least: number;
};

/** 2²⁰ sums take less than a second. */
const mostDifferences = 20;

/**
 * The exact sign-flip (permutation) test of paired differences: under H₀ each difference is symmetric about 0, so all
 * 2ⁿ choices of signs are equally likely.
 *
 *   p = fraction of the choices with |Σ ±dᵢ| ≥ |Σ dᵢ|
 *
 * At n = 5 the smallest possible p is 2/32 = .0625: five pairs can never be significant at .05 by this test.
 *
 * Numerics: sums that differ by at most n²·2⁻⁵³·Σ|dᵢ| count as equal, which allows for rounding: each side has n − 1
 * additions, each with a relative error of 2⁻⁵³ on a sum of at most Σ|dᵢ|.
 *
 * @throws OptionError if there is no difference, one is not finite, or there are more than 20
 *
 * @example
 * ```ts
 * signFlipTest([0.01, 0.02, 0.015, 0.01, 0.02]); // { p: 0.0625, least: 0.0625 }
 * ```
 */
export function signFlipTest(differences: readonly number[]): SignFlip {
  checkSample('signFlipTest', 'differences', differences, 1);
  const n = differences.length;
  if (n > mostDifferences) {
    const rule = `be at most ${mostDifferences}, as all 2ⁿ choices of signs are tried`;
    throw new OptionError({ where: 'signFlipTest', what: 'differences', rule, got: n });
  }
  const total = differences.reduce((sum, each) => sum + each, 0);
  const size = differences.reduce((sum, each) => sum + Math.abs(each), 0);
  const bound = Math.abs(total) - n * n * 2 ** -53 * size;
  let extreme = 0;
  for (let signs = 0; signs < 2 ** n; signs++) {
    let sum = 0;
    for (let index = 0; index < n; index++) {
      sum += (signs >>> index) & 1 ? -differences[index]! : differences[index]!;
    }
    if (Math.abs(sum) >= bound) extreme++;
  }
  return { p: extreme / 2 ** n, least: 2 / 2 ** n };
}
