import { refuseOthers } from '@normlab/errors';
import { checkLevel, checkSample, type LevelOptions } from './checkSample.js';
import { tQuantile } from './distributions.js';

/** Summary of a sample; the interval is Student's t interval for the mean. */
export type Summary = {
  readonly n: number;
  readonly mean: number;
  /** Sample standard deviation, with divisor n − 1; null for a single value. */
  readonly sd: number | null;
  /** Ends of the interval for the mean; null for a single value. */
  readonly interval: readonly [low: number, high: number] | null;
};

/**
 * Mean, standard deviation and t interval of a sample.
 *
 *   mean ± t₍₁₊level₎⸝₂,ₙ₋₁ · sd / √n
 *
 * Numerics: two passes in float64.
 *
 * @throws OptionError if there is no value, a value is not finite, or the level is outside (0, 1)
 *
 * @example
 * ```ts
 * summarize([0.90, 0.91, 0.92]); // { n: 3, mean: 0.91, sd: 0.01, interval: [0.8852, 0.9348] }
 * ```
 */
export function summarize(
  values: readonly number[],
  { level = 0.95, ...others }: LevelOptions = {},
): Summary {
  refuseOthers('summarize', others, ['level']);
  checkSample('summarize', 'values', values, 1);
  checkLevel('summarize', 'level', level);
  const n = values.length;
  const mean = meanOf(values);
  if (n === 1) return { n, mean, sd: null, interval: null };
  const sd = Math.sqrt(varianceOf(values));
  const half = (tQuantile((1 + level) / 2, n - 1) * sd) / Math.sqrt(n);
  return { n, mean, sd, interval: [mean - half, mean + half] };
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Unbiased sample variance. */
export function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
