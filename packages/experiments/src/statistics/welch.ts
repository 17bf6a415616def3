import { refuseOthers } from '@normlab/errors';
import { checkLevel, checkSample, type LevelOptions } from './checkSample.js';
import { tCdf, tQuantile } from './distributions.js';
import { studentised } from './pairedDifference.js';
import { meanOf, varianceOf } from './summarize.js';

/** The result of Welch's test of two unpaired samples. */
export type Welch = {
  /** mean(values) − mean(reference). */
  readonly difference: number;
  readonly interval: readonly [low: number, high: number];
  readonly t: number;
  readonly freedom: number;
  /** Two-sided. */
  readonly p: number;
};

/**
 * Welch's t test: compares the means of two unpaired samples with unequal variances.
 *
 *   t = (x̄ − ȳ) / √(s²ₓ/n + s²ᵧ/m),  ν = (s²ₓ/n + s²ᵧ/m)² / ((s²ₓ/n)²/(n−1) + (s²ᵧ/m)²/(m−1))
 *
 * Source: Welch, Biometrika 34 (1947).
 *
 * @throws OptionError unless both samples have at least two values, all finite, and the level is in (0, 1)
 *
 * @example
 * ```ts
 * welch([0.91, 0.92, 0.9], [0.88, 0.89]).p; // 0.039
 * ```
 */
export function welch(
  values: readonly number[],
  reference: readonly number[],
  { level = 0.95, ...others }: LevelOptions = {},
): Welch {
  refuseOthers('welch', others, ['level']);
  checkSample('welch', 'values', values, 2);
  checkSample('welch', 'reference', reference, 2);
  checkLevel('welch', 'level', level);
  const ofValues = varianceOf(values) / values.length;
  const ofReference = varianceOf(reference) / reference.length;
  const variance = ofValues + ofReference;
  const difference = meanOf(values) - meanOf(reference);
  // If both variances are 0, any number of degrees of freedom gives the same answer.
  const freedom =
    variance === 0
      ? values.length + reference.length - 2
      : variance ** 2 / (ofValues ** 2 / (values.length - 1) + ofReference ** 2 / (reference.length - 1));
  const error = Math.sqrt(variance);
  const t = studentised(difference, error);
  const half = tQuantile((1 + level) / 2, freedom) * error;
  const p = Math.min(1, 2 * tCdf(-Math.abs(t), freedom));
  return { difference, interval: [difference - half, difference + half], t, freedom, p };
}
