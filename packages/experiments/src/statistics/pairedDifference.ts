import { OptionError, refuseOthers } from '@normlab/errors';
import { checkSample, type LevelOptions } from './checkSample.js';
import { tCdf } from './distributions.js';
import { type Summary, summarize } from './summarize.js';

/** A paired t test of two arms: a summary of the differences, and p values. */
export type PairedDifference = Summary & {
  /** mean / (sd / √n); null for a single pair, infinite if all differences are equal and not 0. */
  readonly t: number | null;
  /** Two-sided, of H₀: the mean difference is 0. */
  readonly p: number | null;
  /** One-sided, of H₀: the mean difference is ≥ 0; a small value is evidence for a difference below 0. */
  readonly pBelow: number | null;
  /** One-sided, of H₀: the mean difference is ≤ 0. */
  readonly pAbove: number | null;
};

/**
 * values − reference, pair by pair.
 *
 * @throws OptionError unless both have the same length
 */
export function differencesOf(values: readonly number[], reference: readonly number[]): number[] {
  if (values.length !== reference.length) {
    throw new OptionError({
      where: 'differencesOf',
      what: 'values',
      rule: `be as many as the reference's, ${reference.length}`,
      got: values.length,
    });
  }
  return values.map((value, index) => value - reference[index]!);
}

/**
 * The paired t test: the interval for the mean of the differences, and p values.
 *
 *   t = mean(d) / (sd(d) / √n), with n − 1 degrees of freedom
 *
 * Assumes that the differences are nearly normal; {@link signFlipTest} assumes only that they are symmetric.
 *
 * @throws OptionError if there is no difference or one is not finite
 *
 * @example
 * ```ts
 * pairedDifference(differencesOf(nobn, bn)).interval; // [-0.004, 0.001]
 * ```
 */
export function pairedDifference(
  differences: readonly number[],
  { level = 0.95, ...others }: LevelOptions = {},
): PairedDifference {
  refuseOthers('pairedDifference', others, ['level']);
  checkSample('pairedDifference', 'differences', differences, 1);
  const summary = summarize(differences, { level });
  if (summary.sd === null) return { ...summary, t: null, p: null, pBelow: null, pAbove: null };
  const t = studentised(summary.mean, summary.sd / Math.sqrt(summary.n));
  const pBelow = tCdf(t, summary.n - 1);
  const pAbove = tCdf(-t, summary.n - 1);
  return { ...summary, t, p: Math.min(1, 2 * Math.min(pBelow, pAbove)), pBelow, pAbove };
}

/** estimate / error; 0 if both are 0. */
export function studentised(estimate: number, error: number): number {
  return estimate === 0 ? 0 : estimate / error;
}
