import { refuseOthers } from '@normlab/errors';
import { checkLevel, checkPositive } from './checkSample.js';
import { normalCdf, overSpread, tQuantile } from './distributions.js';

/**
 * P(T ≤ t) of the noncentral t: T = (Z + δ) / S with S = χ_ν/√ν.
 *
 *   P(T ≤ t) = E[Φ(t·S − δ)]
 *
 * Numerics: Simpson's rule over the density of S; the error is below 1e-8.
 */
export function noncentralTCdf(t: number, freedom: number, noncentrality: number): number {
  return overSpread((spread) => normalCdf(t * spread - noncentrality), freedom);
}

/** The quantities that determine the power of a test with n pairs. */
export type PowerOptions = {
  readonly n: number;
  /** Standard deviation of the differences. */
  readonly sd: number;
  /** The true mean difference. */
  readonly effect: number;
  readonly alpha?: number;
};

/** The probability that a two-sided paired t test with n pairs finds a true mean difference `effect`. */
export function differencePower({ n, sd, effect, alpha = 0.05, ...others }: PowerOptions): number {
  refuseOthers('differencePower', others, ['n', 'sd', 'effect', 'alpha']);
  if (n < 2) return 0;
  const bound = tQuantile(1 - alpha / 2, n - 1);
  const noncentrality = (effect * Math.sqrt(n)) / sd;
  return 1 - noncentralTCdf(bound, n - 1, noncentrality) + noncentralTCdf(-bound, n - 1, noncentrality);
}

/**
 * The probability that {@link equivalence} with n pairs says "equivalent" for a true mean difference θ = `effect`.
 *
 *   E[Φ((m − θ)/e − t·S) − Φ(−(m + θ)/e + t·S)] over S < m/(e·t), with e = sd/√n and t the 1 − α quantile
 */
export function equivalencePower({
  n,
  sd,
  effect,
  margin,
  alpha = 0.05,
  ...others
}: PowerOptions & { readonly margin: number }): number {
  refuseOthers('equivalencePower', others, ['n', 'sd', 'effect', 'margin', 'alpha']);
  if (n < 2) return 0;
  const error = sd / Math.sqrt(n);
  const bound = tQuantile(1 - alpha, n - 1);
  return overSpread(
    (spread) =>
      normalCdf((margin - effect) / error - bound * spread) -
      normalCdf((-margin - effect) / error + bound * spread),
    n - 1,
    margin / (error * bound),
  );
}

/** Options of {@link pairsToDecide}. */
export type DecisionOptions = {
  readonly sd: number;
  readonly margin: number;
  /** The assumed true mean difference; 0 by default. */
  readonly effect?: number;
  readonly alpha?: number;
  /** 0.8 by default. */
  readonly power?: number;
};

/** The largest number of pairs that is tried; nobody trains more. */
const mostPairs = 10_000;

/**
 * The smallest number of pairs with which an equivalence test says "equivalent" with the given power.
 *
 * About 8.6·sd²/margin² for no true difference, α = .05 and a power of .8.
 *
 * @returns null if no number up to 10 000 is enough, for example if the true difference is at least the margin
 * @throws OptionError unless sd and margin are above 0 and the power is in (0, 1)
 */
export function pairsToDecide({
  sd,
  margin,
  effect = 0,
  alpha = 0.05,
  power = 0.8,
  ...others
}: DecisionOptions): number | null {
  refuseOthers('pairsToDecide', others, ['sd', 'margin', 'effect', 'alpha', 'power']);
  checkPositive('pairsToDecide', 'sd', sd);
  checkPositive('pairsToDecide', 'margin', margin);
  checkLevel('pairsToDecide', 'power', power);
  if (Math.abs(effect) >= margin) return null;
  return leastPairs((n) => equivalencePower({ n, sd, effect, margin, alpha }) >= power);
}

/**
 * The smallest number of pairs with which a two-sided paired t test finds a difference `effect` with the given power.
 */
export function pairsToDetect({
  sd,
  effect,
  alpha = 0.05,
  power = 0.8,
  ...others
}: Omit<DecisionOptions, 'margin' | 'effect'> & { readonly effect: number }): number | null {
  refuseOthers('pairsToDetect', others, ['sd', 'effect', 'alpha', 'power']);
  checkPositive('pairsToDetect', 'sd', sd);
  checkLevel('pairsToDetect', 'power', power);
  if (effect === 0) return null;
  return leastPairs((n) => differencePower({ n, sd, effect, alpha }) >= power);
}

/** The smallest n for which `isEnough` holds, by bisection: power increases with n. */
function leastPairs(isEnough: (n: number) => boolean): number | null {
  let high = 2;
  while (!isEnough(high)) {
    if (high >= mostPairs) return null;
    high = Math.min(2 * high, mostPairs);
  }
  let low = 1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
