import { channelsOf } from '../values.js';
import { gamma, meanError } from './roundoff.js';
import { largest, type Tracked } from './tracked.js';
import type { TrackedStandardization } from './trackStandardize.js';

/**
 * dx = (δ − mean δ − ŷ·mean(δŷ))/s, the gradient of {@link trackStandardize}.
 *
 * With eδ, eŷ the errors of δ and ŷ and ρ the relative error of 1/s, per channel of m terms:
 *
 * - mean δ has the error a = mean eδ + γ_{m+4}·mean(|δ| + eδ);
 * - c = mean(δŷ) has the error b = mean(eδ(|ŷ| + eŷ) + |δ|eŷ) + γ_{m+5}·mean((|δ| + eδ)(|ŷ| + eŷ));
 * - the bracket tᵢ has the error wᵢ = eδᵢ + a + (|ŷᵢ| + eŷᵢ)·b + eŷᵢ|c| + γ₃·Mᵢ, with three roundings of terms
 *   no larger than Mᵢ = |δᵢ| + |mean δ| + |ŷᵢ||c| and their errors;
 * - dxᵢ has the error ((wᵢ(1 + ρ) + |tᵢ|ρ)(1 + u) + |tᵢ|u)/s.
 *
 * If not centred, mean δ and a are 0.
 *
 * The natural size, of all values and of each channel, is the largest Mᵢ/s, which is not small even where dx itself
 * cancels (completely at m = 2).
 */
export function trackStandardizeGradient(
  dy: Tracked,
  { y, deviation, inverseError, centred }: TrackedStandardization,
  roundoff: number,
): Tracked & { readonly channelSizes: Float64Array } {
  const channels = channelsOf(dy.shape);
  const m = dy.value.length / channels;
  const value = new Float64Array(dy.value.length);
  const error = new Float64Array(dy.value.length);
  const channelSizes = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    const sums = { dy: 0, dyError: 0, dyReach: 0, product: 0, productError: 0, productReach: 0 };
    for (let i = c; i < value.length; i += channels) {
      const [d, dError, yi, yError] = [dy.value[i]!, dy.error[i]!, y.value[i]!, y.error[i]!];
      const reach = (Math.abs(d) + dError) * (Math.abs(yi) + yError);
      sums.dy += d / m;
      sums.dyError += dError / m;
      sums.dyReach += (Math.abs(d) + dError) / m;
      sums.product += (d * yi) / m;
      sums.productError += (dError * (Math.abs(yi) + yError) + Math.abs(d) * yError) / m;
      sums.productReach += reach / m;
    }
    if (!centred) sums.dy = 0;
    const a = centred ? sums.dyError + meanError(m, roundoff) * sums.dyReach : 0;
    const b = sums.productError + meanError(m + 1, roundoff) * sums.productReach;
    const [s, rho] = [deviation[c]!, inverseError[c]!];
    for (let i = c; i < value.length; i += channels) {
      const [d, dError, yi, yError] = [dy.value[i]!, dy.error[i]!, y.value[i]!, y.error[i]!];
      const t = d - sums.dy - yi * sums.product;
      const terms = Math.abs(d) + Math.abs(sums.dy) + Math.abs(yi * sums.product);
      const carried = dError + a + (Math.abs(yi) + yError) * b + yError * Math.abs(sums.product);
      const w = carried + gamma(3, roundoff) * (terms + carried);
      value[i] = t / s;
      error[i] = ((w * (1 + rho) + Math.abs(t) * rho) * (1 + roundoff) + Math.abs(t) * roundoff) / s;
      channelSizes[c] = Math.max(channelSizes[c]!, terms / s);
    }
  }
  return { shape: dy.shape, value, error, size: largest(channelSizes), channelSizes };
}
