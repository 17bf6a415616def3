import { channelsOf } from '../values.js';
import { flushedToZero, gamma, meanError, roundings } from './roundoff.js';
import { largest, type Tracked } from './tracked.js';

/** ŷ with its error, and for the gradient, per channel, s = √(σ² + ε) and the relative error of 1/s. */
export type TrackedStandardization = {
  readonly y: Tracked;
  readonly mean: Tracked;
  readonly variance: Tracked;
  readonly deviation: Float64Array;
  readonly inverseError: Float64Array;
  /** Whether μ is subtracted; if not, as in RMS norm, it counts as 0. */
  readonly centred: boolean;
};

/**
 * ŷ = (x − μ)/s over all axes but the last, by the two-pass formula.
 *
 * With m terms per channel, u the unit roundoff, pᵢ the error of xᵢ, p̄ its mean, p_r its root mean
 * square, and everything evaluated at the perturbed input x̃ that the subject gets:
 *
 * 1. Perturbation. |μ̃ − μ| ≤ p̄, so |d̃ᵢ − dᵢ| ≤ pᵢ + p̄; |σ̃ − σ| ≤ p_r (triangle inequality in the
 *    Euclidean norm) and so |s̃ − s| ≤ p_r, because √(σ² + ε) has slope ≤ 1 in σ. With
 *    S = s − p_r: |ỹᵢ − ŷᵢ| ≤ (pᵢ + p̄ + |ŷᵢ|·p_r)/S.
 * 2. Mean. The values are summed as they are, or after subtracting one of them, x_j, which is added again: a shift
 *    that avoids the loss of digits for large means. With D = max|dᵢ| + pᵢ + p̄, the sum is over terms of
 *    mean magnitude A = max(mean|x̃|, mean|d̃| + D), and e = |computed μ − μ̃| ≤ γ_{m+4}·A, plus u|μ̃| for
 *    the mean itself where the shift is added again.
 * 3. Variance. The computed differences have the error e, and u(2Dᵢ + D + e) for one rounding with and
 *    one without the shift, Dᵢ = |dᵢ| + pᵢ + p̄. As Σ(d̃ᵢ − e)²/m = σ̃² + e², the error of the mean enters
 *    the variance only squared; the roundings by 2u(2σ̃ + D + e)σ̃ (Cauchy–Schwarz). Square, sum and
 *    division give the relative error γ_{m+8}, and what is flushed to zero is lost:
 *    e_v = e² + 2u(2σ̃ + D + e)σ̃ + γ_{m+8}(σ̃² + e²) + flush.
 * 4. Root. q = e_v/S² + 2u (ε is rounded, and added); the inverse root has the relative error
 *    r = 1/√(1 − q) − 1 + 15u.
 * 5. Together: |computed ŷᵢ − ỹᵢ| ≤ ((e + u(2Dᵢ + D + e))(1 + r) + Dᵢ·r)/S.
 *
 * To first order this is |Δŷᵢ| ≲ u·[(m + 4)·(|μ| + σ)/s + (m/2 + 26)·|ŷᵢ|] for values without
 * outliers: it grows only with the number of values and with mean/sd. If q ≥ ½, no bound can be
 * derived, and the error is infinite.
 *
 * If not centred, x/√(mean x² + ε), there is no step 2, no difference to round and no e: dᵢ = xᵢ.
 */
export function trackStandardize(
  x: Tracked,
  epsilon: number,
  roundoff: number,
  { centred = true }: { readonly centred?: boolean } = {},
): TrackedStandardization {
  const channels = channelsOf(x.shape);
  const m = x.value.length / channels;
  const value = new Float64Array(x.value.length);
  const error = new Float64Array(x.value.length);
  const perChannel = () => new Float64Array(channels);
  const [mean, variance, meanErrors, varianceErrors] = [
    perChannel(),
    perChannel(),
    perChannel(),
    perChannel(),
  ];
  const [deviation, inverseError] = [perChannel(), perChannel()];

  for (let c = 0; c < channels; c++) {
    const { mu, sigma2, magnitude, difference, furthest, perturbation, perturbationRms } = moments(
      x,
      c,
      channels,
      m,
      centred,
    );
    const s = Math.sqrt(sigma2 + epsilon);
    const least = s - perturbationRms;
    const terms = Math.max(magnitude + perturbation, difference + 2 * perturbation + furthest);
    const e = centred ? meanError(m, roundoff) * terms : 0;
    const subtraction = (reach: number) => (centred ? roundoff * (2 * reach + furthest + e) : 0);
    const spread = Math.sqrt(sigma2) + perturbationRms;
    const varianceRounding =
      e * e +
      2 * subtraction(spread) * spread +
      gamma(m + 8, roundoff) * (spread * spread + e * e) +
      flushedToZero(roundoff);
    const q = varianceRounding / (least * least) + 2 * roundoff;
    const sure = least > 0 && q < 0.5;
    const r = sure ? 1 / Math.sqrt(1 - q) - 1 + gamma(roundings.inverseRoot + 1, roundoff) : Infinity;

    mean[c] = mu;
    variance[c] = sigma2;
    meanErrors[c] = e + roundoff * (Math.abs(mu) + e) + perturbation;
    varianceErrors[c] = varianceRounding + spread * spread - sigma2;
    deviation[c] = s;
    inverseError[c] = sure ? perturbationRms / least + r * (1 + perturbationRms / least) : Infinity;
    for (let i = c; i < value.length; i += channels) {
      const d = x.value[i]! - mu;
      const moved = x.error[i]! + perturbation;
      const reach = Math.abs(d) + moved;
      value[i] = d / s;
      error[i] = sure
        ? (moved + (Math.abs(d) / s) * perturbationRms) / least +
          ((e + subtraction(reach)) * (1 + r) + reach * r) / least
        : Infinity;
    }
  }
  const channelwise = (values: Float64Array, errors: Float64Array): Tracked => ({
    shape: [channels],
    value: values,
    error: errors,
    size: largest(values),
  });
  return {
    y: { shape: x.shape, value, error, size: largest(value) },
    mean: channelwise(mean, meanErrors),
    variance: channelwise(variance, varianceErrors),
    deviation,
    inverseError,
    centred,
  };
}

/**
 * Of one channel: mean, biased variance, mean magnitude; mean and largest distance from the mean, the
 * errors within; mean and root mean square of the errors.
 */
function moments(x: Tracked, channel: number, channels: number, m: number, centred: boolean) {
  let [sum, magnitude, perturbation, squares] = [0, 0, 0, 0];
  for (let i = channel; i < x.value.length; i += channels) {
    sum += x.value[i]!;
    magnitude += Math.abs(x.value[i]!) / m;
    perturbation += x.error[i]! / m;
    squares += x.error[i]! ** 2 / m;
  }
  const mu = centred ? sum / m : 0;
  if (!centred) perturbation = 0;
  let [sigma2, difference, furthest] = [0, 0, 0];
  for (let i = channel; i < x.value.length; i += channels) {
    const d = Math.abs(x.value[i]! - mu);
    sigma2 += d ** 2 / m;
    difference += d / m;
    furthest = Math.max(furthest, d + x.error[i]! + perturbation);
  }
  const perturbationRms = Math.sqrt(squares);
  return { mu, sigma2, magnitude, difference, furthest, perturbation, perturbationRms };
}
