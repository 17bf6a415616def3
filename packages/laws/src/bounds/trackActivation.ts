import { gamma, meanError, roundings } from './roundoff.js';
import { type Tracked, trackedBy } from './tracked.js';

/** max(0, x): slope ≤ 1, no rounding. */
export function trackRelu(x: Tracked): Tracked {
  return { ...x, value: x.value.map((each) => Math.max(0, each)) };
}

/** δ where x > 0. Where x is within its error of 0, a backend may compute either value, so the error is |δ|. */
export function trackReluGradient(x: Tracked, dy: Tracked): Tracked {
  const unsure = (i: number) => Math.abs(x.value[i]!) <= x.error[i]!;
  return trackedBy(
    x.shape,
    (i) => (x.value[i]! > 0 ? dy.value[i]! : 0),
    (i) => (unsure(i) ? Math.abs(dy.value[i]!) + dy.error[i]! : x.value[i]! > 0 ? dy.error[i]! : 0),
    dy.size,
  );
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
  return trackedBy(
    y.shape,
    (i) => dy.value[i]! * (1 - y.value[i]! ** 2),
    (i) => {
      const [yi, yError, dyError] = [Math.abs(y.value[i]!), y.error[i]!, dy.error[i]!];
      const reach = Math.abs(dy.value[i]!) + dyError;
      return dyError * (1 - yi * yi) + reach * (2 * yi + yError) * yError + gamma(3, roundoff) * reach;
    },
    dy.size,
  );
}

/** Mean over H and W of [N, H, W, C]. */
export function trackGlobalPool(x: Tracked, roundoff: number): Tracked {
  const { area, shape, from } = poolOf(x.shape);
  const value = new Float64Array(shape[0] * shape[1]);
  const error = new Float64Array(value.length);
  for (let i = 0; i < x.value.length; i++) {
    const reach = Math.abs(x.value[i]!) + x.error[i]!;
    value[from(i)]! += x.value[i]! / area;
    error[from(i)]! += (x.error[i]! + meanError(area, roundoff) * reach) / area;
  }
  return { shape, value, error, size: x.size };
}

/** δ/(H·W), spread over H and W. */
export function trackGlobalPoolGradient(
  dy: Tracked,
  inputShape: readonly number[],
  roundoff: number,
): Tracked {
  const { area, from } = poolOf(inputShape);
  const rounding = gamma(roundings.division + 1, roundoff);
  const reach = (at: number) => Math.abs(dy.value[at]!) + dy.error[at]!;
  return trackedBy(
    inputShape,
    (i) => dy.value[from(i)]! / area,
    (i) => (dy.error[from(i)]! + rounding * reach(from(i))) / area,
    dy.size / area,
  );
}

/** The pooled shape of [N, H, W, C], and the index in it to which an input contributes. */
function poolOf([batch, height, width, channels]: readonly number[]) {
  const area = height! * width!;
  const from = (i: number) => Math.floor(i / (area * channels!)) * channels! + (i % channels!);
  return { area, shape: [batch!, channels!] as const, from };
}

function tanhRounding(x: number, roundoff: number): number {
  // Beyond 9 the result is ±1 to the last bit in float32, with any algorithm.
  const reach = Math.min(Math.abs(x), 9);
  return gamma(2 * roundings.exponential(reach) + 2 + roundings.division, roundoff);
}
