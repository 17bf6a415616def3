import { compare } from '../bounds/compare.js';
import { trackGlobalPool, trackRelu, trackTanh } from '../bounds/trackActivation.js';
import { trackCrossEntropy } from '../bounds/trackCrossEntropy.js';
import { exactly } from '../bounds/tracked.js';
import { trackStandardize } from '../bounds/trackStandardize.js';
import type { Law } from '../law.js';
import { roundoffOf } from '../roundoffOf.js';
import { headOf } from '../samples/headSample.js';
import type { Head } from '../subject.js';

/**
 * Law 19. In a class of share p, let q ≤ p be the share of its values that are positive. ŷ has mean 0
 * and mean square ≤ 1, so their sum is at most √(q(1 − q)) a value (Cauchy–Schwarz against their
 * indicator), and the mean of relu(ŷ) over the class at most √(q(1 − q))/p: √((1 − p)/p) for p ≤ ½,
 * but 1/(2p) beyond, where relu gains by sparing half of all values. The other logits are ≥ 0, and
 * log(1 + (K − 1)e^(−l)) is convex and falls with l.
 *
 * Bound: the error of the loss. Samples without noise reach the limit itself at ε = 0.
 */
export const constantNormLimit: Law<Head, 'head'> = {
  id: '19',
  title: 'L ≥ Σ_c p_c·log(1 + (K − 1)·e^(−l_c)), l_c = √((1 − p_c)/p_c), or 1/(2p_c) for p_c > ½',
  statement:
    'Behind BN_{1,0}, relu and a global mean, without a dense head, the training loss has a floor that class shares p_c alone decide: .370 for ten equal classes. For any ε.',
  exact: true,
  samples: 'head',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const { z, labels } = headOf(sample, 0);
    const loss = await subject.reluHeadLoss(z, labels, sample.epsilon);
    const shares = Array.from(
      { length: sample.classes },
      (_, c) => labels.filter((label) => label === c).length / labels.length,
    );
    const floor = shares
      .filter((p) => p > 0)
      .reduce((sum, p) => sum + p * Math.log1p((sample.classes - 1) * Math.exp(-largestLogit(p))), 0);
    const y = trackStandardize(exactly(z), sample.epsilon, roundoff).y;
    const pooled = trackGlobalPool(trackRelu(y), roundoff);
    const { lossError } = trackCrossEntropy(pooled, labels, roundoff);
    return compare([below(floor, loss)], [0], [lossError], floor);
  },
};

/** Law 20: the right logit is at most 1, all others at least −1. Bound: the error of the loss. */
export const tanhLimit: Law<Head, 'head'> = {
  id: '20',
  title: 'L ≥ log(1 + (K − 1)·e^(−2))',
  statement:
    'Behind tanh on the last convolution and a global mean no loss is below that of logits 1 and −1: .797 for ten classes.',
  exact: true,
  samples: 'head',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const { z, labels } = headOf(sample, -sample.margin);
    const loss = await subject.tanhHeadLoss(z, labels);
    const floor = Math.log1p((sample.classes - 1) * Math.exp(-2));
    const pooled = trackGlobalPool(trackTanh(exactly(z), roundoff), roundoff);
    const { lossError } = trackCrossEntropy(pooled, labels, roundoff);
    return compare([below(floor, loss)], [0], [lossError], floor);
  },
};

/** The largest mean of relu(ŷ) over a class of share p. */
function largestLogit(p: number): number {
  const q = Math.min(p, 0.5);
  return Math.sqrt(q * (1 - q)) / p;
}

/** How far a loss is below its floor; an infinite one is none at all. */
function below(floor: number, loss: number): number {
  return Number.isFinite(loss) ? Math.max(0, floor - loss) : Number.NaN;
}
