import gammaln from '@stdlib/math-base-special-gammaln';
import betaQuantileOf from '@stdlib/stats-base-dists-beta-quantile';
import binomialCdfOf from '@stdlib/stats-base-dists-binomial-cdf';
import normalCdfOf from '@stdlib/stats-base-dists-normal-cdf';
import tCdfOf from '@stdlib/stats-base-dists-t-cdf';
import tQuantileOf from '@stdlib/stats-base-dists-t-quantile';

/** P(T ≤ t) of Student's t distribution. */
export function tCdf(t: number, freedom: number): number {
  return tCdfOf(t, freedom);
}

/** The p-quantile of Student's t distribution. */
export function tQuantile(p: number, freedom: number): number {
  return tQuantileOf(p, freedom);
}

/** P(Z ≤ z) of the standard normal distribution. */
export function normalCdf(z: number): number {
  return normalCdfOf(z, 0, 1);
}

/** P(B ≤ successes) of the binomial distribution. */
export function binomialCdf(successes: number, trials: number, probability: number): number {
  return binomialCdfOf(successes, trials, probability);
}

/** The p-quantile of the beta distribution. */
export function betaQuantile(p: number, alpha: number, beta: number): number {
  return betaQuantileOf(p, alpha, beta);
}

/**
 * E[f(S)] for S = χ_ν / √ν, the sampling distribution of sd/σ with ν degrees of freedom.
 *
 * Numerics: Simpson's rule over [low, high] of S. The density is smooth and the range covers all but 1e-15 of its mass,
 * so with 1000 panels the error is below 1e-8 if f is smooth and bounded by 1, as the test against SciPy's noncentral t
 * shows. If f has a kink (as in {@link equivalencePower}), set `high` to it.
 */
export function overSpread(
  f: (spread: number) => number,
  freedom: number,
  high = Number.POSITIVE_INFINITY,
): number {
  const root = Math.sqrt(freedom);
  // χ_ν is subgaussian about √ν: P(|χ_ν − √ν| > 9) < 1e-15 for every ν.
  const from = Math.max(0, 1 - 9 / root);
  const to = Math.min(1 + 9 / root, high);
  if (to <= from) return 0;
  const panels = 1000;
  const width = (to - from) / panels;
  const density = chiDensity(freedom);
  let sum = 0;
  for (let index = 0; index <= panels; index++) {
    const spread = from + index * width;
    const weight = index === 0 || index === panels ? 1 : index % 2 === 1 ? 4 : 2;
    sum += weight * f(spread) * root * density(root * spread);
  }
  return (sum * width) / 3;
}

/** The density of χ_ν, computed by logarithms: Γ(ν/2) itself overflows from ν = 343 on. At 0, its limit. */
function chiDensity(freedom: number): (x: number) => number {
  const constant = (1 - freedom / 2) * Math.LN2 - gammaln(freedom / 2);
  return (x) => {
    if (x === 0) return freedom === 1 ? Math.sqrt(2 / Math.PI) : 0;
    return Math.exp(constant + (freedom - 1) * Math.log(x) - (x * x) / 2);
  };
}
