import { refuseOthers } from '@normlab/errors';
import { checkLevel, checkPositive, checkSample } from './checkSample.js';
import { tCdf, tQuantile } from './distributions.js';
import { studentised } from './pairedDifference.js';
import { meanOf, varianceOf } from './summarize.js';

/** The result of two one-sided tests. */
export type Equivalence = {
  readonly n: number;
  readonly mean: number;
  /** Standard deviation of the differences; null for a single pair. */
  readonly sd: number | null;
  readonly margin: number;
  /**
   * `equivalent`: the 1 − 2α interval is inside ±margin. `different`: the 1 − α interval is entirely above margin or
   * entirely below −margin. `undecided`: neither, or a single pair.
   */
  readonly verdict: 'equivalent' | 'different' | 'undecided';
  /** The 1 − 2α interval for the mean difference; null for a single pair. */
  readonly interval: readonly [low: number, high: number] | null;
  /** The larger p of the two one-sided tests of H₀: |mean| ≥ margin. */
  readonly p: number | null;
  /** p of H₀: |mean| ≤ margin: twice the smaller one-sided p. */
  readonly pBeyond: number | null;
};

/**
 * Two one-sided tests (TOST): is the mean difference smaller than a margin?
 *
 *   t₁ = (mean + margin) / se,  t₂ = (mean − margin) / se;  p = max(P(T > t₁), P(T < t₂))
 *
 * p < α if and only if the 1 − 2α interval is inside ±margin.
 *
 * Source: Schuirmann, J. Pharmacokinet. Biopharm. 15 (1987).
 *
 * @throws OptionError if there is no difference, one is not finite, or the margin is not above 0
 *
 * @example
 * ```ts
 * equivalence(differencesOf(nobn, bn), { margin: 0.005 }).verdict; // 'undecided'
 * ```
 */
export function equivalence(
  differences: readonly number[],
  { margin, alpha = 0.05, ...others }: { readonly margin: number; readonly alpha?: number },
): Equivalence {
  refuseOthers('equivalence', others, ['margin', 'alpha']);
  checkSample('equivalence', 'differences', differences, 1);
  checkPositive('equivalence', 'margin', margin);
  checkLevel('equivalence', 'alpha', alpha);
  const n = differences.length;
  const mean = meanOf(differences);
  if (n === 1) {
    return { n, mean, sd: null, margin, verdict: 'undecided', interval: null, p: null, pBeyond: null };
  }
  const sd = Math.sqrt(varianceOf(differences));
  const error = sd / Math.sqrt(n);
  const half = tQuantile(1 - alpha, n - 1) * error;
  const below = studentised(mean + margin, error);
  const above = studentised(mean - margin, error);
  const p = Math.max(tCdf(-below, n - 1), tCdf(above, n - 1));
  const pBeyond = Math.min(1, 2 * Math.min(tCdf(below, n - 1), tCdf(-above, n - 1)));
  const verdict = p < alpha ? 'equivalent' : pBeyond < alpha ? 'different' : 'undecided';
  return { n, mean, sd, margin, verdict, interval: [mean - half, mean + half], p, pBeyond };
}
