import { apply, type Judged, sized } from '../judged.js';
import { defineLaw, type Side } from '../law.js';

/**
 * Law 19. Let p be a class's fraction of all values, and q ≤ p the fraction of values that are in the class and
 * positive. ŷ has mean 0 and mean square ≤ 1, so the sum of these values, divided by the number of all values, is at
 * most √(q(1 − q)) (Cauchy–Schwarz with their indicator). So the mean of relu(ŷ) over the class is at most √(q(1 −
 * q))/p: that is √((1 − p)/p) for p ≤ ½, but 1/(2p) for larger p, at q = ½. The other logits are ≥ 0, and log(1 + (K −
 * 1)e^(−l)) is convex and decreases with l.
 *
 * Samples without noise reach the bound at ε = 0.
 */
export const constantNormLimit = defineLaw({
  id: '19',
  title: 'L ≥ Σ_c p_c·log(1 + (K − 1)·e^(−l_c)), l_c = √((1 − p_c)/p_c), or 1/(2p_c) for p_c > ½',
  statement:
    'After BN_{1,0}, relu and a global mean, without a dense head, the training loss has a lower bound that only the class shares p_c determine: .370 for ten equal classes. For any ε.',
  samples: 'head',
  needs: ['reluHeadLoss'],
  async sides({ reluHeadLoss }, { marked, classes, epsilon }) {
    const { z, labels } = marked(0);
    const shares = [...new Set(labels)].map(
      (c) => labels.filter((each) => each === c).length / labels.length,
    );
    const limit = (p: number) => Math.sqrt(Math.min(p, 0.5) * (1 - Math.min(p, 0.5))) / p;
    const floor = shares.reduce((total, p) => total + p * Math.log1p((classes - 1) * Math.exp(-limit(p))), 0);
    return atLeast(floor, await reluHeadLoss(z, labels, epsilon));
  },
});

/** Law 20: the right logit is at most 1, all others at least −1. */
export const tanhLimit = defineLaw({
  id: '20',
  title: 'L ≥ log(1 + (K − 1)·e^(−2))',
  statement:
    'After tanh on the last convolution and a global mean, no loss is below that of logits 1 and −1: .797 for ten classes.',
  samples: 'head',
  needs: ['tanhHeadLoss'],
  async sides({ tanhHeadLoss }, { marked, margin, classes }) {
    const { z, labels } = marked(-margin);
    return atLeast(Math.log1p((classes - 1) * Math.exp(-2)), await tanhHeadLoss(z, labels));
  },
});

/** The amount by which the loss is below its lower bound must be 0. */
function atLeast(floor: number, loss: Judged): Side {
  return [
    sized(
      apply(loss, (each) => Math.max(0, floor - each)),
      floor,
    ),
    0,
  ];
}
