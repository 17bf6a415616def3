import type { RunHead } from './runLog.js';

/**
 * The least training loss of a network whose logits are means of relu(BN_{1,0}), for a batch with these class shares
 * (law 19).
 *
 *   L ≥ Σ_c p_c·log(1 + (K − 1)·e^(−l_c)),  l_c = √((1 − p_c)/p_c), or 1/(2p_c) for p_c > ½
 *
 * @param shares the batch's share of each of K classes; they add up to 1
 *
 * @example
 * ```ts
 * lossFloor(new Array(10).fill(0.1)); // 0.3702
 * ```
 */
export function lossFloor(shares: readonly number[]): number {
  return shares.reduce((sum, share) => sum + floorPart(share, shares.length), 0);
}

/**
 * The mean of {@link lossFloor} over batches drawn without replacement from a data set.
 *
 * Above the floor at the data set's own shares, because the floor is convex in each share: a batch of 128 with ten equal
 * classes has .401 on average, not .370.
 *
 * Numerics: exact expectation, class by class, over the hypergeometric distribution of the class's images in a batch.
 *
 * @param counts images of each class in the data set
 * @param batch images per batch
 */
export function meanLossFloor(counts: readonly number[], batch: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const size = Math.min(batch, total);
  return counts.reduce(
    (sum, count) =>
      sum + meanOverBatches(count, total, size, (images) => floorPart(images / size, counts.length)),
    0,
  );
}

/**
 * The floor of a run's training loss; null where law 19 says nothing: it needs constant batch norm, ReLU and a global
 * pool at the end of the network, and no dense layer behind them.
 *
 * Where `config.json` does not count the images of each class, the classes are taken to be equal.
 */
export function lossFloorOf({
  spec,
  dataset,
  settings,
}: Pick<RunHead, 'spec' | 'dataset' | 'settings'>): number | null {
  if (spec === undefined || !hasConstantNormHead(spec.layers)) return null;
  const { trainImages, classes, trainPerClass } = dataset;
  const counts = trainPerClass ?? classes.map(() => trainImages / classes.length);
  return meanLossFloor(counts, Number(settings.batch ?? trainImages));
}

function hasConstantNormHead(layers: NonNullable<RunHead['spec']>['layers']): boolean {
  const [norm, activation, pool] = layers.slice(-3);
  return (
    norm?.type === 'norm' &&
    (norm.kind === undefined || norm.kind === 'batch') &&
    norm.gain === false &&
    norm.bias === false &&
    activation?.type === 'activation' &&
    activation.kind === 'relu' &&
    pool?.type === 'globalPool'
  );
}

function floorPart(share: number, classes: number): number {
  const limit = share > 0.5 ? 1 / (2 * share) : Math.sqrt((1 - share) / share);
  return share * Math.log1p((classes - 1) * Math.exp(-limit));
}

/** E[f(k)] for k of `count` marked images among `size` drawn of `total`. */
function meanOverBatches(count: number, total: number, size: number, f: (images: number) => number): number {
  const [least, most] = [Math.max(0, size - (total - count)), Math.min(size, count)];
  // P(k + 1) / P(k); weights relative to the most likely k, so that none overflows.
  const ratio = (k: number) => ((count - k) * (size - k)) / ((k + 1) * (total - count - size + k + 1));
  const mode = Math.min(most, Math.max(least, Math.floor(((size + 1) * (count + 1)) / (total + 2))));
  let [weights, sum] = [1, f(mode)];
  for (let k = mode, weight = 1; k < most; k++) {
    weight *= ratio(k);
    weights += weight;
    sum += weight * f(k + 1);
  }
  for (let k = mode, weight = 1; k > least; k--) {
    weight /= ratio(k - 1);
    weights += weight;
    sum += weight * f(k - 1);
  }
  return sum / weights;
}
