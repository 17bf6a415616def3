import { gamma, roundings } from './roundoff.js';
import { largest, type Tracked, trackedBy } from './tracked.js';
import { trackBias } from './trackLinear.js';

/** γx + β per channel: two roundings. */
export function trackAffine(x: Tracked, scale: Tracked, offset: Tracked, roundoff: number): Tracked {
  const y = trackBias(trackScaled(x, scale, roundoff), offset, roundoff);
  return { ...y, size: largest(y.value) };
}

/** γx per channel: one rounding, none where γ is known to be 1. */
export function trackScaled(x: Tracked, scale: Tracked, roundoff: number): Tracked {
  const at = (i: number) => i % scale.value.length;
  const value = (i: number) => x.value[i]! * scale.value[at(i)]!;
  return trackedBy(
    x.shape,
    value,
    (i) => {
      const [g, gError] = [Math.abs(scale.value[at(i)]!), scale.error[at(i)]!];
      if (g === 1 && gError === 0) return x.error[i]!;
      const carried = g * x.error[i]! + gError * (Math.abs(x.value[i]!) + x.error[i]!);
      return carried + roundoff * (Math.abs(value(i)) + carried);
    },
    x.size * scale.size,
  );
}

/** Σ δŷ over all but the last axis, the gradient of γ: carried errors and γ_{m+1} of the terms. */
export function trackScaleGradient(dy: Tracked, y: Tracked, channels: number, roundoff: number): Tracked {
  const m = dy.value.length / channels;
  const value = new Float64Array(channels);
  const error = new Float64Array(channels);
  for (let i = 0; i < dy.value.length; i++) {
    const [d, dError, yi, yError] = [dy.value[i]!, dy.error[i]!, y.value[i]!, y.error[i]!];
    value[i % channels]! += d * yi;
    const reach = (Math.abs(d) + dError) * (Math.abs(yi) + yError);
    error[i % channels]! += dError * (Math.abs(yi) + yError) + Math.abs(d) * yError;
    error[i % channels]! += gamma(m + 1, roundoff) * reach;
  }
  return { shape: [channels], value, error, size: m * dy.size };
}

/**
 * γ(x − μ)/√(v + ε) + β with given statistics.
 *
 * Factored as (γ/s)·x + (β − μγ/s) or as (x − μ)·(γ/s) + β, the terms are |γ||x|/s, |γ||μ|/s and
 * |β|; each has at most an inverse root and six roundings.
 *
 * With errors e, γ̃(x̃ − μ̃)/s̃ differs from γ(x − μ)/s by |γ̃| times the change of (x − μ)/s, and by e_γ|x − μ|/s.
 */
export function trackInference(
  x: Tracked,
  affine: { readonly scale: Tracked; readonly offset: Tracked },
  statistics: { readonly mean: Tracked; readonly variance: Tracked },
  epsilon: number,
  roundoff: number,
): Tracked {
  const channels = statistics.mean.value.length;
  const factor = gamma(roundings.inverseRoot + 6, roundoff);
  const value = new Float64Array(x.value.length);
  const error = new Float64Array(x.value.length);
  for (let i = 0; i < value.length; i++) {
    const c = i % channels;
    const [mean, variance] = [statistics.mean.value[c]!, statistics.variance.value[c]!];
    const [scale, offset] = [affine.scale.value[c]!, affine.offset.value[c]!];
    const [scaleError, offsetError] = [affine.scale.error[c]!, affine.offset.error[c]!];
    const deviation = Math.sqrt(variance + epsilon);
    const g = (Math.abs(scale) + scaleError) / deviation;
    const moved = x.error[i]! + statistics.mean.error[c]!;
    // |Δ(v + ε)^−½| ≤ ½·e_v·(v + ε − e_v)^−3⁄2
    const least = variance + epsilon - statistics.variance.error[c]!;
    const inverse = least > 0 ? (0.5 * statistics.variance.error[c]!) / least : Infinity;
    const reach = Math.abs(x.value[i]!) + Math.abs(mean) + moved;
    const spread = Math.abs(x.value[i]! - mean) + moved;
    value[i] = (scale * (x.value[i]! - mean)) / deviation + offset;
    error[i] =
      (scaleError * Math.abs(x.value[i]! - mean)) / deviation +
      offsetError +
      g * moved * (1 + inverse) +
      g * spread * inverse * Math.sqrt((variance + epsilon) / Math.max(least, Number.MIN_VALUE)) +
      factor * (g * reach * (1 + 2 * inverse) + Math.abs(offset) + offsetError);
  }
  return { shape: x.shape, value, error, size: largest(value) };
}
