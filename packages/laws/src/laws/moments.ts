import { apply, div, type Judged, mean, square, sub } from '../judged.js';

/** Mean, biased variance, s = √(σ² + ε) and ŷ of exactly known values, over all axes but the last. */
export function momentsOf(x: Judged, epsilon = 0) {
  const mu = mean(x);
  const centred = sub(x, mu);
  const variance = mean(square(centred));
  const deviation = apply(variance, (sigma2) => Math.sqrt(sigma2 + epsilon));
  return { mean: mu, variance, deviation, centred, y: div(centred, deviation) };
}
