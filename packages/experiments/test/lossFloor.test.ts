import { allCnn, nin, placeNorms, resnet } from '@normlab/models/spec';
import { permutation, randomStream } from '@normlab/random';
import { describe, expect, it } from 'vitest';
import { lossFloor, lossFloorOf, meanLossFloor } from '../src/index.js';

describe('lossFloor', () => {
  it('by hand: ten equal classes give logits of at most 3, the others 0', () => {
    expect(lossFloor(new Array(10).fill(0.1))).toBeCloseTo(Math.log(1 + 9 * Math.exp(-3)), 14);
  });

  it('a class alone gives the ReLU half of the values: 1/(2p) = .5', () => {
    expect(lossFloor([1, 0])).toBeCloseTo(Math.log(1 + Math.exp(-0.5)), 14);
  });

  it('by hand: shares above and below one half', () => {
    const [large, small] = [Math.log(1 + Math.exp(-2 / 3)), Math.log(1 + Math.exp(-Math.sqrt(3)))];
    expect(lossFloor([0.75, 0.25])).toBeCloseTo(0.75 * large + 0.25 * small, 14);
  });

  /** Whatever the scores: standardize over images, relu, cross-entropy. */
  it('no standardized scores have a loss below it; scores that are alike in a class reach it', () => {
    const labels = [...new Array(30).fill(0), ...new Array(12).fill(1), ...new Array(18).fill(2)];
    const floor = lossFloor([0.5, 0.2, 0.3]);
    const stream = randomStream(3);
    for (const noise of [0, 0.1, 1, 10]) {
      const scores = labels.map((label) =>
        [0, 1, 2].map((k) => (k === label ? 1 : 0) + noise * stream.normal()),
      );
      const loss = reluHeadLoss(scores, labels);
      expect(loss).toBeGreaterThanOrEqual(floor - 1e-12);
      if (noise === 0) expect(loss).toBeCloseTo(floor, 12);
    }
  });
});

describe('meanLossFloor', () => {
  it('is the floor itself for the whole data set as one batch', () => {
    expect(meanLossFloor([30, 50, 20], 100)).toBeCloseTo(lossFloor([0.3, 0.5, 0.2]), 14);
  });

  it('by hand: one image of two', () => {
    // A batch of one image: its class has the share 1.
    expect(meanLossFloor([1, 1], 1)).toBeCloseTo(lossFloor([1, 0]), 14);
  });

  it.each([
    [[50, 50, 50, 50], 20],
    [[10, 90, 40], 32],
    [new Array(10).fill(100), 128],
  ])('is the mean over drawn batches: %j by %i', (counts, batch) => {
    const labels = (counts as number[]).flatMap((count, label) => new Array<number>(count).fill(label));
    const stream = randomStream(11);
    const drawn = Array.from({ length: 4000 }, () => {
      const order = permutation(labels.length, stream).subarray(0, batch);
      const shares = (counts as number[]).map(() => 0);
      for (const index of order) shares[labels[index]!]! += 1 / batch;
      return lossFloor(shares);
    });
    const mean = drawn.reduce((sum, each) => sum + each, 0) / drawn.length;
    const sd = Math.sqrt(drawn.reduce((sum, each) => sum + (each - mean) ** 2, 0) / drawn.length);
    // Five standard errors; the seed is fixed.
    expect(Math.abs(meanLossFloor(counts as number[], batch) - mean)).toBeLessThan(
      (5 * sd) / Math.sqrt(4000),
    );
  });

  it('is near the floor for large batches, of which no weight overflows', () => {
    expect(meanLossFloor([20_000, 20_000], 20_000)).toBeCloseTo(lossFloor([0.5, 0.5]), 4);
    expect(meanLossFloor([2000, 38_000], 20_000)).toBeCloseTo(lossFloor([0.05, 0.95]), 4);
  });

  it('holds at the sizes of CIFAR-10 and CIFAR-100', () => {
    expect(meanLossFloor(new Array(10).fill(5000), 128)).toBeCloseTo(0.4009, 3);
    expect(meanLossFloor(new Array(100).fill(500), 128)).toBeCloseTo(0.0995, 3);
  });
});

describe('lossFloorOf', () => {
  const dataset = { trainImages: 1000, testImages: 10, classes: ['a', 'b'], sha256: '' };
  const floorOf = (spec: ReturnType<typeof allCnn>, more = {}) =>
    lossFloorOf({ spec, dataset: { ...dataset, ...more }, settings: { batch: 50 } });

  it('is there for constant norms, ReLU and a global pool at the end', () => {
    expect(floorOf(allCnn({ norm: 'cbn-all' }))).toBe(meanLossFloor([500, 500], 50));
    expect(floorOf(nin({ norm: 'cbn-all' }))).toBe(meanLossFloor([500, 500], 50));
    expect(floorOf(allCnn({ norm: 'cbn-all' }), { trainPerClass: [100, 900] })).toBe(
      meanLossFloor([100, 900], 50),
    );
  });

  it.each([
    ['a last norm that learns', allCnn({ norm: 'cbn-lconv-bn' })],
    ['a learned gain alone', allCnn({ norm: 'gain-only' })],
    ['a learned bias alone', allCnn({ norm: 'bias-only' })],
    ['no last norm', allCnn({ norm: 'cbn-lconv-nobn' })],
    ['tanh', allCnn({ norm: 'cbn-all', activation: 'tanh' })],
    ['a dense head', allCnn({ norm: 'cbn-all', head: 'dense' })],
    ['a ResNet, which has a dense head', resnet({ depth: 29, norm: 'cbn-all' })],
    ['another kind of norm', allCnn({ norm: 'cbn-all', normKind: 'layer' })],
    ['no norm', placeNorms(allCnn({}), 'none')],
  ])('is not there for %s', (_, spec) => {
    expect(floorOf(spec)).toBeNull();
  });

  it('needs exactly these three layers at the end, the norm over batches', () => {
    const end = [
      { type: 'norm', gain: false, bias: false },
      { type: 'activation', kind: 'relu' },
      { type: 'globalPool' },
    ];
    const of = (layers: readonly { readonly type: string; readonly [key: string]: unknown }[]) =>
      lossFloorOf({ spec: { layers }, dataset, settings: { batch: 50 } });
    expect(of(end)).toBe(meanLossFloor([500, 500], 50));
    expect(of([{ ...end[0]!, kind: 'batch' }, ...end.slice(1)])).not.toBeNull();
    for (const [at] of end.entries()) {
      expect(of(end.map((layer, i) => (i === at ? { ...layer, type: 'conv' } : layer)))).toBeNull();
    }
    for (const layers of [[], end.slice(2), end.slice(0, 1), end.slice(0, 2)]) expect(of(layers)).toBeNull();
  });

  it('is not there for a log without a spec', () => {
    expect(lossFloorOf({ dataset, settings: {} })).toBeNull();
  });
});

function reluHeadLoss(scores: readonly (readonly number[])[], labels: readonly number[]): number {
  const m = scores.length;
  const columns = [0, 1, 2].map((k) => {
    const column = scores.map((row) => row[k]!);
    const mean = column.reduce((sum, each) => sum + each, 0) / m;
    const sd = Math.sqrt(column.reduce((sum, each) => sum + (each - mean) ** 2, 0) / m);
    return column.map((each) => Math.max(0, (each - mean) / sd));
  });
  return (
    labels.reduce((sum, label, index) => {
      const logits = columns.map((column) => column[index]!);
      return sum + Math.log(logits.reduce((all, each) => all + Math.exp(each - logits[label]!), 0));
    }, 0) / m
  );
}
