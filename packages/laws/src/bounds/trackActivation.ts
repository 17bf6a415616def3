import { gamma, meanError, roundings } from './roundoff.js';
import type { Tracked } from './tracked.js';

/** max(0, x): slope ≤ 1, no rounding. */
export function trackRelu(x: Tracked): Tracked {
  return { ...x, value: x.value.map((each) => Math.max(0, each)) };
}

/** δ where x > 0. Where x is within its error of 0, a backend may see either side: the error is all of δ. */
export function trackReluGradient(x: Tracked, dy: Tracked): Tracked {
  const value = dy.value.map((each, i) => (x.value[i]! > 0 ? each : 0));
  const error = dy.error.map((each, i) =>
    Math.abs(x.value[i]!) <= x.error[i]! ? Math.abs(dy.value[i]!) + each : x.value[i]! > 0 ? each : 0,
  );
  return { shape: x.shape, value, error, size: dy.size };
}

/**
 * tanh x: slope ≤ 1, and the rounding of (e^x − e^−x)/(e^x + e^−x), two exponentials and four
 * operations, relative to terms that sum to 1.
 */
export function trackTanh(x: Tracked, roundoff: number): Tracked {
  const value = x.value.map(Math.tanh);
  const error = x.error.map((each, i) => each + tanhRounding(x.value[i]!, roundoff));
  return { shape: x.shape, value, error, size: 1 };
}

/** δ(1 − y²): |Δ| ≤ eδ(1 − y²) + (|δ| + eδ)(2|y| + e_y)e_y, and three roundings of terms ≤ 1. */
export function trackTanhGradient(y: Tracked, dy: Tracked, roundoff: number): Tracked {
  const value = dy.value.map((each, i) => each * (1 - y.value[i]! ** 2));
  const error = dy.error.map((each, i) => {
    const [yi, yError] = [Math.abs(y.value[i]!), y.error[i]!];
    const reach = Math.abs(dy.value[i]!) + each;
    return each * (1 - yi * yi) + reach * (2 * yi + yError) * yError + gamma(3, roundoff) * reach;
  });
  return { shape: y.shape, value, error, size: dy.size };
}

/** Mean over H and W of [N, H, W, C]. */
export function trackGlobalPool(x: Tracked, roundoff: number): Tracked {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const area = height * width;
  const value = new Float64Array(batch * channels);
  const error = new Float64Array(batch * channels);
  for (let i = 0; i < x.value.length; i++) {
    const at = Math.floor(i / (area * channels)) * channels + (i % channels);
    const reach = Math.abs(x.value[i]!) + x.error[i]!;
    value[at]! += x.value[i]! / area;
    error[at]! += (x.error[i]! + meanError(area, roundoff) * reach) / area;
  }
  return { shape: [batch, channels], value, error, size: x.size };
}

/** δ/(H·W), spread over H and W. */
export function trackGlobalPoolGradient(
  dy: Tracked,
  inputShape: readonly number[],
  roundoff: number,
): Tracked {
  const [batch, height, width, channels] = inputShape as [number, number, number, number];
  const area = height * width;
  const length = batch * area * channels;
  const from = (i: number) => Math.floor(i / (area * channels)) * channels + (i % channels);
  const value = Float64Array.from({ length }, (_, i) => dy.value[from(i)]! / area);
  const error = Float64Array.from({ length }, (_, i) => {
    const reach = Math.abs(dy.value[from(i)]!) + dy.error[from(i)]!;
    return (dy.error[from(i)]! + gamma(roundings.division + 1, roundoff) * reach) / area;
  });
  return { shape: inputShape, value, error, size: dy.size / area };
}

function tanhRounding(x: number, roundoff: number): number {
  // Beyond 9 the result is ±1 to the last bit in float32, by whatever route.
  const reach = Math.min(Math.abs(x), 9);
  return gamma(2 * roundings.exponential(reach) + 2 + roundings.division, roundoff);
}
