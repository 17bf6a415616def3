import type { Verdict } from '../law.js';

/**
 * The verdict on values that a law says are equal, each within its own bound, in units of `size`:
 * one for all, or one a channel, channels last.
 *
 * Elements whose bound is infinite are left out; when all are, so is the sample.
 */
export function compare(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  bounds: ArrayLike<number>,
  size: number | ArrayLike<number>,
): Verdict {
  if (actual.length !== expected.length || actual.length !== bounds.length) return fallen;
  const sizes = typeof size === 'number' ? [size] : size;
  const verdicts: Verdict[] = [];
  for (let i = 0; i < expected.length; i++) {
    if (!Number.isFinite(bounds[i]!)) continue;
    const own = sizes[i % sizes.length]!;
    const unit = own > 0 && Number.isFinite(own) ? own : 1;
    const difference = Math.abs(actual[i]! - expected[i]!);
    const error = Number.isNaN(difference) ? Infinity : difference;
    verdicts.push({ error: error / unit, bound: bounds[i]! / unit });
  }
  return worst(verdicts);
}

/**
 * Whether a result holds no number where exact arithmetic has one, that is where its error is finite.
 *
 * For laws whose bounds are made of a subject's own results, where NaN or ∞ would make the bound say nothing as if
 * the sample were at fault, and for those about sums, which do not show that a value is missing.
 */
export function lacksNumbers(actual: ArrayLike<number>, errors: ArrayLike<number>): boolean {
  if (actual.length !== errors.length) return true;
  for (let i = 0; i < actual.length; i++) {
    if (!Number.isFinite(actual[i]!) && Number.isFinite(errors[i]!)) return true;
  }
  return false;
}

/** The verdict on results that are none. */
export const fallen: Verdict = { error: Infinity, bound: 0 };

/** The verdict nearest to its bound, or furthest beyond it; `{ error: 0, bound: Infinity }` of none. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  let found: Verdict = { error: 0, bound: Infinity };
  for (const verdict of verdicts) if (severity(verdict) > severity(found)) found = verdict;
  return found;
}

/** error/bound; −1 outside the law's domain, so that any sample inside counts for more. */
export function severity({ error, bound }: Verdict): number {
  if (!Number.isFinite(bound)) return -1;
  if (error === 0) return 0;
  return bound === 0 ? Infinity : error / bound;
}
