import { arrayOf, gamma, type NdArray, rootRoundings, twins, unitRoundoff as u } from '@normlab/testing';
import type { Bounds } from './operation.js';

/** The input, the sets over which it is standardized, and whether the mean is subtracted (not for RMS norm). */
export type Standardization = {
  readonly x: NdArray;
  readonly setOf: twins.SetOf;
  readonly epsilon: number;
  readonly centred: boolean;
  /** The axes that give the shape of parameters other than [C]. */
  readonly axes?: readonly number[];
};

/**
 * Error bounds of γ · standardize(x) + β, per set.
 *
 * With g = γ(m + 8) for a mean of m elements, Y = max |ŷ|, s the root, D = max |scale · dy| of a set:
 * centring: |x − shift| ≤ 2Y·s, so the mean of it errs by g · 2Y·s, and with two more roundings of such values
 * the centred value errs by at most η = 4gY relative to s. The variance errs by ν = g + 2η + η² relative to s²
 * (a mean of squares of values that are off by η·s, where mean |x − μ| ≤ s). Hence ŷ errs by
 * Δ = η + Y·(ν / 2 + 16 u).
 *
 * Backward, `(dy − mean dy − ŷ · slope) / s` with slope = mean(dy · ŷ), |slope| ≤ D since mean ŷ² ≤ 1: the
 * centred dy errs by 2(g + u)D, the slope by 2D·(g + Δ) + 2(g + u)D, and the bracket, at most 2D + Y·D, by the
 * sum of its parts; then the root as before. The gradients of scale and offset are sums over the P elements that share
 * one value; taken as P · slope, with D' = max |dy| for D, the first errs by P · 2D' · (Δ + (Y + 2) · γ(P + 8)), the
 * second by P · D' · γ(P + 8).
 *
 * Second derivative for directions up to 1: D²ŷ[a, b] = −(ã·mean(bŷ) + b̃·mean(aŷ) + ŷ·mean(ãb̃) − 3ŷ·mean(aŷ)mean(bŷ))
 * / s², six terms of at most (1 + Y) / s², each weighted by up to D; with a scale the mixed terms add 2 · 3(1 + Y) / s.
 * Each is computed through at most four nested means and 40 further roundings, on values that are off by Δ.
 */
export function standardizationBounds(
  { x, setOf, epsilon, centred, axes }: Standardization,
  { scale, offset }: twins.AffineArrays,
  dy: NdArray,
): Bounds {
  const channels = x.shape.at(-1)!;
  const none = { shape: [channels], values: new Float64Array(channels) };
  const elements = (param: NdArray) => gamma(x.values.length / param.values.length + 8);
  const dScale = { shape: (scale ?? none).shape, values: new Float64Array((scale ?? none).values.length) };
  const dOffset = { shape: (offset ?? none).shape, values: new Float64Array((offset ?? none).values.length) };
  const [scaleP, offsetP] = [elements(dScale), elements(dOffset)];
  const P = Math.max(scaleP, offsetP);
  const upstream = dy.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const gain = (at: readonly number[]) => Math.abs(scale?.values[twins.placeInParam(scale, at, axes)] ?? 1);
  const bias = (at: readonly number[]) => Math.abs(offset?.values[twins.placeInParam(offset, at, axes)] ?? 0);

  const sets = new Map<string | number, { m: number; s: number; Y: number; D: number }>();
  const statistics = twins.statisticsOf(x, setOf);
  arrayOf(x.shape, (at, place) => {
    const name = setOf(at);
    const { mean, variance, meanSquare } = statistics.get(name)!;
    const s = Math.sqrt((centred ? variance : meanSquare) + epsilon);
    const y = Math.abs(x.values[place]! - (centred ? mean : 0)) / s;
    const { m, Y, D } = sets.get(name) ?? { m: 0, Y: 1, D: 0 };
    const weight = gain(at) * Math.abs(dy.values[place]!);
    sets.set(name, { m: m + 1, s, Y: Math.max(Y, y), D: Math.max(D, weight) });
    return 0;
  });

  const errors = new Map(
    [...sets].map(([name, { m, s, Y, D }]) => {
      const g = gamma(m + 8);
      const eta = centred ? 4 * g * Y : 0;
      const root = (g + 2 * eta + eta ** 2) / 2 + rootRoundings * u;
      const delta = eta + Y * root;
      const centring = centred ? 2 * (g + u) * D : 0;
      const slope = 2 * D * (g + delta) + centring;
      const bracket = centring + Y * slope + D * delta + 4 * u * (2 + Y) * D;
      const terms = (D * (1 + Y) * (6 / s + 6)) / s;
      const second = terms * (4 * Math.max(g, P) + 40 * u + delta);
      return [name, { Y, delta, dx: (bracket + (2 + Y) * D * (root + 2 * u)) / s, second }];
    }),
  );

  let second = 0;
  const output = arrayOf(x.shape, (at) => {
    const { Y, delta, second: term } = errors.get(setOf(at))!;
    second += term;
    dScale.values[twins.placeInParam(dScale, at, axes)]! += 2 * upstream * (delta + (Y + 2) * scaleP);
    dOffset.values[twins.placeInParam(dOffset, at, axes)]! += upstream * offsetP;
    return gain(at) * delta + 3 * u * (gain(at) * Y + bias(at));
  });
  return {
    output,
    gradients: {
      x: arrayOf(x.shape, (at) => errors.get(setOf(at))!.dx),
      scale: dScale,
      offset: dOffset,
    },
    second,
  };
}
