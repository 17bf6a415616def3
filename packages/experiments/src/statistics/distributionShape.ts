import { OptionError } from '@normlab/errors';
import { normalCdf } from './distributions.js';

/** Moments of many values, and how far their distribution is from a normal one. */
export type DistributionShape = {
  readonly mean: number;
  /** Population standard deviation, by n. */
  readonly sd: number;
  /** m₃ / m₂^1.5; 0 for a symmetric distribution. */
  readonly skew: number;
  /** m₄ / m₂² − 3; 0 for a normal distribution. */
  readonly excessKurtosis: number;
  /** Kolmogorov–Smirnov distance to the normal distribution of the same mean and sd. */
  readonly ks: number;
};

/**
 * Moments of a sample, and its Kolmogorov–Smirnov distance to the normal distribution with its mean and standard
 * deviation.
 *
 *   mₖ = mean (x − mean)ᵏ,  D = sup |Fₙ(x) − Φ((x − mean)/sd)|
 *
 * Equal values have no shape: skew, excess kurtosis and distance are 0, 0 and .5, those of a single point.
 *
 * Numerics: two passes in float64; the distance is exact. Φ is evaluated only where the largest distance can lie: within
 * a block of sorted values the distance is at most that of the block's ends, counted crosswise.
 *
 * @throws OptionError if there is no value or a value is not finite
 *
 * @example
 * ```ts
 * distributionShape([-1, 0, 1]); // { mean: 0, sd: 0.8165, skew: 0, excessKurtosis: -1.5, ks: 0.2230 }
 * ```
 */
export function distributionShape(values: ArrayLike<number>): DistributionShape {
  const where = 'distributionShape';
  const n = values.length;
  if (n === 0) throw new OptionError({ where, what: 'values', rule: 'hold at least one value' });
  let sum = 0;
  for (let index = 0; index < n; index++) sum += values[index]!;
  const mean = sum / n;
  if (!Number.isFinite(mean)) throw new OptionError({ where, what: 'values', rule: 'be finite numbers' });
  let [m2, m3, m4] = [0, 0, 0];
  for (let index = 0; index < n; index++) {
    const away = values[index]! - mean;
    const square = away * away;
    m2 += square;
    m3 += square * away;
    m4 += square * square;
  }
  [m2, m3, m4] = [m2 / n, m3 / n, m4 / n];
  if (m2 === 0) return { mean, sd: 0, skew: 0, excessKurtosis: 0, ks: 0.5 };
  const sd = Math.sqrt(m2);
  const sorted = Float64Array.from(values).sort();
  return {
    mean,
    sd,
    skew: m3 / (m2 * sd),
    excessKurtosis: m4 / (m2 * m2) - 3,
    ks: distanceToNormal(sorted, mean, sd),
  };
}

/** Values of a block: with 128 of them Φ is evaluated for about 1 % of a large sample. */
const blockSize = 128;

function distanceToNormal(sorted: Float64Array, mean: number, sd: number): number {
  const n = sorted.length;
  const share = (index: number) => normalCdf((sorted[index]! - mean) / sd);
  let distance = 0;
  const blocks: { readonly from: number; readonly to: number; readonly most: number }[] = [];
  let first = share(0);
  for (let from = 0; from < n; from += blockSize) {
    const to = Math.min(from + blockSize, n);
    const last = share(to - 1);
    const next = to < n ? share(to) : last;
    // Fₙ rises from from/n to to/n, Φ from first to last: no value of the block is further apart.
    blocks.push({ from, to, most: Math.max(to / n - first, last - from / n) });
    distance = Math.max(distance, first - from / n, to / n - last);
    first = next;
  }
  for (const { from, to, most } of blocks) {
    if (most <= distance) continue;
    for (let index = from; index < to; index++) {
      const expected = share(index);
      distance = Math.max(distance, (index + 1) / n - expected, expected - index / n);
    }
  }
  return distance;
}
