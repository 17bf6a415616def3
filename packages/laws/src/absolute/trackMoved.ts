import { float32Roundoff, gamma } from '../bounds/roundoff.js';
import { largest, type Tracked } from '../bounds/tracked.js';

/**
 * decay·old + (1 − decay)·batch, a running statistic after a step.
 *
 * Each of the two terms meets a rounded factor, a product and the sum, γ₃, whatever the order.
 */
export function trackMoved(old: Tracked, batch: Tracked, decay: number): Tracked {
  const value = old.value.map((each, i) => decay * each + (1 - decay) * batch.value[i]!);
  const error = old.error.map((each, i) => {
    const carried = decay * each + (1 - decay) * batch.error[i]!;
    const terms = decay * Math.abs(old.value[i]!) + (1 - decay) * Math.abs(batch.value[i]!) + carried;
    return carried + gamma(3, float32Roundoff) * terms;
  });
  return { shape: batch.shape, value, error, size: largest(value) };
}
