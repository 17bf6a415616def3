import { flushedToZero, gamma, meanError, roundings } from './roundoff.js';
import type { Tracked } from './tracked.js';

/** The mean cross-entropy of a batch, its error, and its gradient with respect to the logits. */
export type TrackedLoss = {
  readonly loss: number;
  readonly lossError: number;
  readonly gradient: Tracked;
};

/**
 * L = mean over n of log Σₖ e^{lₙₖ} − lₙ,label, and ∂L/∂l = (softmax − onehot)/N.
 *
 * With e the largest logit error of a row and R the range of its logits (known to ± 2e):
 *
 * - log-sum-exp has slopes that sum to 1, so the row's loss moves by at most 2e;
 * - e^{l − max}: the difference is rounded (R·u absolute, so that relative after the exponential),
 *   the exponential is off by 6 + 4R roundings, the sum of K by γ_K; the logarithm turns this
 *   relative error into an absolute one, and adds its own: 2⁻²¹, or 6 roundings of log K;
 *   two more differences of terms ≤ R + log K;
 * - softmax = e^{l − max}/Σ: relative error expm1(2e) from the logits, twice the exponential's and
 *   the sum's, and a division; then a difference and a division by N. An exponential or its quotient below the least
 *   normal number may become 0, and so may the quotient by N. (What the sum loses so is far less than the one rounding
 *   by which γ_K exceeds its K − 1 additions.)
 */
export function trackCrossEntropy(logits: Tracked, labels: readonly number[], roundoff: number): TrackedLoss {
  const [batch, classes] = logits.shape as [number, number];
  const value = new Float64Array(logits.value.length);
  const error = new Float64Array(logits.value.length);
  let [loss, lossError] = [0, 0];
  for (let n = 0; n < batch; n++) {
    const row = logits.value.subarray(n * classes, (n + 1) * classes);
    const e = Math.max(...logits.error.subarray(n * classes, (n + 1) * classes));
    const most = Math.max(...row);
    const range = most - Math.min(...row) + 2 * e;
    const exponentials = row.map((each) => Math.exp(each - most));
    const sum = exponentials.reduce((a, b) => a + b, 0);
    const rowLoss = Math.log(sum) + most - row[labels[n]!]!;
    const relative = gamma(roundings.exponential(range) + range + classes, roundoff);
    const logRounding =
      roundings.logarithmNearOne + roundings.logarithm * Math.log(classes) + 2 * (range + Math.log(classes));
    const rowError = 2 * e + relative + logRounding * roundoff;
    loss += rowLoss / batch;
    lossError += (rowError + meanError(batch, roundoff) * (rowLoss + rowError)) / batch;
    for (let k = 0; k < classes; k++) {
      const p = exponentials[k]! / sum;
      const pError =
        p * (Math.expm1(2 * e) + gamma(2, relative) + gamma(roundings.division, roundoff)) +
        flushedToZero(roundoff);
      const difference = p - (k === labels[n] ? 1 : 0);
      const finish = gamma(1 + roundings.division, roundoff) * (Math.abs(difference) + pError);
      value[n * classes + k] = difference / batch;
      error[n * classes + k] = (pError + finish) / batch + flushedToZero(roundoff);
    }
  }
  return { loss, lossError, gradient: { shape: logits.shape, value, error, size: 1 / batch } };
}
