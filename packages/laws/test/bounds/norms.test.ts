import { describe, expect, it } from 'vitest';
import { trackCrossEntropy } from '../../src/bounds/trackCrossEntropy.js';
import type { Tracked } from '../../src/bounds/tracked.js';
import { trackNorm } from '../../src/bounds/trackNorm.js';
import { trackStandardize } from '../../src/bounds/trackStandardize.js';
import { trackStandardizeGradient } from '../../src/bounds/trackStandardizeGradient.js';
import { average, drawn, gamma, offBy, rounded, sum, u } from './offBy.js';

// The equations of the docstrings, written naively for one channel or one row at a time.

const channel = (values: Float64Array, c: number, channels: number) =>
  Array.from(values).filter((_, i) => i % channels === c);

/** The steps 1 to 5 of `trackStandardize` for one channel. */
function standardized(x: readonly number[], p: readonly number[], epsilon: number, centred: boolean) {
  const m = x.length;
  const mu = centred ? average(x) : 0;
  const d = x.map((each) => each - mu);
  const sigma = Math.sqrt(average(d.map((each) => each ** 2)));
  const s = Math.sqrt(sigma ** 2 + epsilon);
  const pMean = centred ? average(p) : 0;
  const pRms = Math.sqrt(average(p.map((each) => each ** 2)));
  const S = s - pRms;
  const reach = d.map((each, i) => Math.abs(each) + p[i]! + pMean);
  const D = Math.max(...reach);
  const A = Math.max(average(x.map(Math.abs)) + pMean, average(d.map(Math.abs)) + 2 * pMean + D);
  const e = centred ? gamma(m + 4) * A : 0;
  const rounding = (of: number) => (centred ? u * (2 * of + D + e) : 0);
  const perturbed = sigma + pRms;
  const eV = e ** 2 + 2 * rounding(perturbed) * perturbed + gamma(m + 8) * (perturbed ** 2 + e ** 2);
  const r = 1 / Math.sqrt(1 - (eV / S ** 2 + 2 * u)) - 1 + gamma(15);
  const y = d.map((each) => each / s);
  return {
    y,
    yErrors: y.map(
      (each, i) =>
        (p[i]! + pMean + Math.abs(each) * pRms) / S +
        ((e + rounding(reach[i]!)) * (1 + r) + reach[i]! * r) / S,
    ),
    mean: [mu, e + u * (Math.abs(mu) + e) + pMean],
    variance: [sigma ** 2, eV + perturbed ** 2 - sigma ** 2],
    s,
    rho: pRms / S + r * (1 + pRms / S),
  };
}

describe('standardizing', () => {
  it.each([
    ['centred', true, 0],
    ['centred, far from 0', true, 20],
    ['not centred', false, 1],
  ])('%s: the steps of the docstring, channel by channel', (_, centred, mean) => {
    const x = drawn('x', [5, 2], mean);
    const norm = trackStandardize(x, 0.5, u, { centred });
    for (const c of [0, 1]) {
      const expected = standardized(channel(x.value, c, 2), channel(x.error, c, 2), 0.5, centred);
      expect(rounded(channel(norm.y.value, c, 2))).toEqual(rounded(expected.y));
      expect(rounded(channel(norm.y.error, c, 2))).toEqual(rounded(expected.yErrors));
      expect(rounded([norm.mean.value[c]!, norm.mean.error[c]!])).toEqual(rounded(expected.mean));
      expect(rounded([norm.variance.value[c]!, norm.variance.error[c]!])).toEqual(rounded(expected.variance));
      expect(rounded([norm.deviation[c]!, norm.inverseError[c]!])).toEqual(
        rounded([expected.s, expected.rho]),
      );
    }
    expect(norm.y.shape).toEqual([5, 2]);
    expect(norm.y.size).toBe(Math.max(...norm.y.value.map(Math.abs)));
    expect(norm.mean.size).toBe(Math.max(...norm.mean.value.map(Math.abs)));
    expect([norm.mean.shape, norm.variance.shape, norm.centred]).toEqual([[2], [2], centred]);
  });

  it('has no bound where the errors reach the deviation, or half of it may be rounding', () => {
    const errorAt = (error: number, roundoff: number) => {
      const { y, inverseError } = trackStandardize(offBy([2, 1], [-1, 1], [error]), 0, roundoff);
      expect(Number.isFinite(inverseError[0])).toBe(Number.isFinite(y.error[0]));
      return y.error[0]!;
    };
    expect(errorAt(0.9, 2 ** -24)).toBeLessThan(Infinity);
    expect(errorAt(1, 2 ** -24)).toBe(Infinity);
    expect(errorAt(1.5, 2 ** -24)).toBe(Infinity);
    expect(errorAt(0, 2 ** -6)).toBeLessThan(Infinity);
    expect(errorAt(0, 2 ** -5)).toBe(Infinity);
    // What float32 flushes to zero, 2⁻¹²⁶, is lost: a 64th of the first ε, and all of the second.
    const withoutSpread = (epsilon: number) =>
      trackStandardize(offBy([2, 1], [0], [0]), epsilon, 2 ** -24).inverseError[0]!;
    expect(withoutSpread(2 ** -120)).toBeCloseTo(1 / Math.sqrt(1 - 1 / 64) - 1, 5);
    expect(withoutSpread(2 ** -126)).toBe(Infinity);
  });

  it.each([true, false])('its gradient, centred: %s', (centred) => {
    const [x, dy] = [drawn('x', [5, 2], 1), drawn('dy', [5, 2])];
    const norm = trackStandardize(x, 0.5, u, { centred });
    const dx = trackStandardizeGradient(dy, norm, u);
    const sizes = [0, 1].map((c) => {
      const { y, yErrors, s, rho } = standardized(
        channel(x.value, c, 2),
        channel(x.error, c, 2),
        0.5,
        centred,
      );
      const [d, dErrors] = [channel(dy.value, c, 2), channel(dy.error, c, 2)];
      const reach = d.map((each, i) => Math.abs(each) + dErrors[i]!);
      const yReach = y.map((each, i) => Math.abs(each) + yErrors[i]!);
      const meanD = centred ? average(d) : 0;
      const a = centred ? average(dErrors) + gamma(5 + 4) * average(reach) : 0;
      const product = average(d.map((each, i) => each * y[i]!));
      const b =
        average(dErrors.map((each, i) => each * yReach[i]! + Math.abs(d[i]!) * yErrors[i]!)) +
        gamma(5 + 5) * average(reach.map((each, i) => each * yReach[i]!));
      const most = d.map((each, i) => Math.abs(each) + Math.abs(meanD) + Math.abs(y[i]! * product));
      const expected = d.map((each, i) => {
        const t = each - meanD - y[i]! * product;
        const carried = dErrors[i]! + a + yReach[i]! * b + yErrors[i]! * Math.abs(product);
        const w = carried + gamma(3) * (most[i]! + carried);
        return [t / s, ((w * (1 + rho) + Math.abs(t) * rho) * (1 + u) + Math.abs(t) * u) / s];
      });
      expect(rounded(channel(dx.value, c, 2))).toEqual(rounded(expected.map(([value]) => value!)));
      expect(rounded(channel(dx.error, c, 2))).toEqual(rounded(expected.map(([, error]) => error!)));
      return Math.max(...most) / s;
    });
    expect(rounded(dx.channelSizes)).toEqual(rounded(sizes));
    expect(dx.size).toBe(Math.max(...dx.channelSizes));
  });

  it('over other sets, each set by itself, and the values in their places', () => {
    const [x, dy] = [drawn('x', [2, 3, 2]), drawn('dy', [2, 3, 2])];
    // Instances: the set of a value is its image and its channel.
    const sets = () => (i: number) => 2 * Math.floor(i / 6) + (i % 2);
    const norm = trackNorm(x, 0.5, u, { sets });
    const dx = norm.gradient(dy);
    expect([norm.y.shape, dx.shape]).toEqual([
      [2, 3, 2],
      [2, 3, 2],
    ]);
    for (const set of [0, 1, 2, 3]) {
      const of = (values: Float64Array) => Array.from(values).filter((_, i) => sets()(i) === set);
      const alone = ({ value, error, size }: Tracked) => ({
        ...offBy([3, 1], of(value), of(error)),
        size,
      });
      const expected = trackStandardize(alone(x), 0.5, u);
      expect(of(norm.y.value)).toEqual([...expected.y.value]);
      expect(of(norm.y.error)).toEqual([...expected.y.error]);
      const slope = trackStandardizeGradient(alone(dy), expected, u);
      expect(of(dx.value)).toEqual([...slope.value]);
      expect(of(dx.error)).toEqual([...slope.error]);
    }
    expect(trackNorm(x, 0.5, u, {}).y).toEqual(trackStandardize(x, 0.5, u).y);
    expect(trackNorm(x, 0.5, u, { centred: false }).y).toEqual(
      trackStandardize(x, 0.5, u, { centred: false }).y,
    );
  });
});

describe('cross-entropy', () => {
  it('the errors of the docstring, row by row', () => {
    const logits = drawn('logits', [3, 4]);
    const labels = [2, 0, 3];
    const { loss, lossError, gradient } = trackCrossEntropy(logits, labels, u);
    const rows = labels.map((label, n) => {
      const l = [...logits.value.slice(4 * n, 4 * n + 4)];
      const e = Math.max(...logits.error.slice(4 * n, 4 * n + 4));
      const range = Math.max(...l) - Math.min(...l) + 2 * e;
      const relative = gamma(6 + 4 * range + range + 4);
      const total = sum(l.map(Math.exp));
      const rowLoss = Math.log(total) - l[label]!;
      const rowError = 2 * e + relative + u * (8 + 6 * Math.log(4) + 2 * (range + Math.log(4)));
      const parts = l.map((each, k) => {
        const p = Math.exp(each) / total;
        const twice = (2 * relative) / (1 - 2 * relative);
        const pError = p * (Math.exp(2 * e) - 1 + twice + gamma(5));
        const off = p - (k === label ? 1 : 0);
        return [off / 3, (pError + gamma(1 + 5) * (Math.abs(off) + pError)) / 3];
      });
      return { rowLoss, rowError, parts };
    });
    expect(loss).toBeCloseTo(average(rows.map(({ rowLoss }) => rowLoss)), 12);
    // The mean of three has γ_{3−1+5}.
    const errors = rows.map(({ rowLoss, rowError }) => rowError + gamma(7) * (rowLoss + rowError));
    expect(lossError).toBeCloseTo(average(errors), 12);
    const parts = rows.flatMap((row) => row.parts);
    expect(rounded(gradient.value)).toEqual(rounded(parts.map(([value]) => value!)));
    expect(rounded(gradient.error)).toEqual(rounded(parts.map(([, error]) => error!)));
    expect([gradient.shape, gradient.size]).toEqual([[3, 4], 1 / 3]);
  });

  it('a probability below 2⁻¹²⁶, and its share of a batch, may be flushed to zero', () => {
    const logits = offBy([2, 2], [0, -95, -95, 0], [0]);
    const { value, error } = trackCrossEntropy(logits, [0, 1], 2 ** -24).gradient;
    for (const k of [1, 2]) {
      expect(value[k]).toBeGreaterThan(0);
      expect(error[k]).toBeGreaterThan(value[k]!);
      expect(error[k]! / 2 ** -126).toBeCloseTo(1 / 2 + 1, 5);
    }
    // In float64, e⁻⁹⁵ is a normal number: 6 + 4·95 roundings of it and 95 + 2, twice, and the quotient's six or so.
    const fine = trackCrossEntropy(logits, [0, 1], 2 ** -53).gradient;
    expect(fine.error[1]! / fine.value[1]! / 2 ** -53).toBeCloseTo(2 * (6 + 4 * 95 + 95 + 2) + 5 + 6, 0);
  });
});
