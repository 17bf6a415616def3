import { OptionError, refuseOthers } from '@normlab/errors';
import { checkLevel, type LevelOptions } from './checkSample.js';
import { betaQuantile } from './distributions.js';

/**
 * The exact (Clopper–Pearson) interval for a proportion, such as the accuracy of one run on its test images.
 *
 *   [B(α/2; k, n − k + 1), B(1 − α/2; k + 1, n − k)], B the quantile of the beta distribution, α = 1 − level
 *
 * Source: Clopper & Pearson, Biometrika 26 (1934).
 *
 * @throws OptionError unless 0 ≤ successes ≤ trials are integers and trials ≥ 1
 *
 * @example
 * ```ts
 * binomialInterval(912, 1000); // [0.8927, 0.9288]
 * ```
 */
export function binomialInterval(
  successes: number,
  trials: number,
  { level = 0.95, ...others }: LevelOptions = {},
): readonly [low: number, high: number] {
  refuseOthers('binomialInterval', others, ['level']);
  const where = 'binomialInterval';
  checkLevel(where, 'level', level);
  if (!Number.isInteger(trials) || trials < 1) {
    throw new OptionError({ where, what: 'trials', rule: 'be an integer ≥ 1', got: trials });
  }
  if (!Number.isInteger(successes) || successes < 0 || successes > trials) {
    throw new OptionError({
      where,
      what: 'successes',
      rule: `be an integer from 0 to ${trials}`,
      got: successes,
    });
  }
  const tail = (1 - level) / 2;
  const low = successes === 0 ? 0 : betaQuantile(tail, successes, trials - successes + 1);
  const high = successes === trials ? 1 : betaQuantile(1 - tail, successes + 1, trials - successes);
  return [low, high];
}
