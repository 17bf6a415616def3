import type { SgdOptions } from '../subject.js';
import { gamma } from './roundoff.js';
import { largest, type Tracked, trackedBy } from './tracked.js';

/**
 * d·v + (1 − d)·σ²: the decay's share of both errors, ud of σ², and four roundings of both terms.
 *
 * If d is rounded before 1 − d is formed, 1 − d is off by ud: not a relative error of 1 − d, which may be much smaller
 * than d. The other roundings are relative: per term those of its factor, the product and the sum; γ₄ covers these three
 * and their products with ud.
 */
export function trackMoved(old: Tracked, batch: Tracked, d: number, u: number): Tracked {
  const moved = trackedBy(
    old.shape,
    (c) => d * old.value[c]! + (1 - d) * batch.value[c]!,
    (c) => {
      const [before, own] = [
        Math.abs(old.value[c]!) + old.error[c]!,
        Math.abs(batch.value[c]!) + batch.error[c]!,
      ];
      const carried = d * old.error[c]! + (1 - d) * batch.error[c]!;
      return carried + u * d * own + gamma(4, u) * (d * before + (1 - d + u) * own);
    },
  );
  return { ...moved, size: Math.max(moved.size, largest(old.value)) };
}

/**
 * v′ = m·v + g + λW and W′ = W − ηv′: the errors of all, and γ₉ of |W| + η(|g| + λ|W| + m|v|) for six operations and
 * three rounded options.
 */
export function trackSgd(
  w: Tracked,
  v: Tracked,
  g: Tracked,
  { learningRate, weightDecay, momentum }: SgdOptions,
  u: number,
): { param: Tracked; velocity: Tracked } {
  const pull = (i: number) => momentum * v.value[i]! + g.value[i]! + weightDecay * w.value[i]!;
  const carried = (i: number) => momentum * v.error[i]! + g.error[i]!;
  const reach = (x: Tracked, i: number) => Math.abs(x.value[i]!) + x.error[i]!;
  const terms = (i: number) => reach(g, i) + weightDecay * reach(w, i) + momentum * reach(v, i);
  const param = trackedBy(
    w.shape,
    (i) => w.value[i]! - learningRate * pull(i),
    (i) =>
      Math.abs(1 - learningRate * weightDecay) * w.error[i]! +
      learningRate * carried(i) +
      gamma(9, u) * (reach(w, i) + learningRate * terms(i)),
    w.size,
  );
  return {
    param,
    velocity: trackedBy(
      w.shape,
      pull,
      (i) => carried(i) + weightDecay * w.error[i]! + gamma(9, u) * terms(i),
    ),
  };
}
