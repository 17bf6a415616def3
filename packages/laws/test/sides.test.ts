import {
  constantNormLimit,
  decayAsSchedule,
  gradientAlongAllWeights,
  hessianScaling,
  judge,
  permutationEquivariance,
  scaleInvariantAtOneEpsilon,
  scaleInvariantBatch,
  scaleInvariantFilters,
  scaleInvariantLayer,
  statisticsScaling,
  tanhLimit,
  trajectoryScaling,
} from '@normlab/laws';
import { describe, expect, it } from 'vitest';
import { type Judged, known } from '../src/judged.js';
import type { Side } from '../src/law.js';
import { outputRange } from '../src/laws/outputMoments.js';
import { draw } from '../src/samples/samples.js';
import { plainSubject } from './plain/plainSubject.js';

// What laws compare, seen with operations that only return what they are given.

const sample = {
  network: { input: [4, 4, 1], channels: [2, 1], classes: 2, activation: 'relu', epsilon: 0 },
  ...{ batch: 2, a: 2, learningRate: 0.1, weightDecay: 0.5, momentum: 0.5, steps: 3, seed: 7 },
} as const;

/** Networks that learn nothing, and the first value of the images of every step. */
function still() {
  const images: number[] = [];
  const ops = {
    async lossAndGradients(_: unknown, params: Readonly<Record<string, Judged>>, batch: { images: Judged }) {
      images.push(batch.images.value[0]!);
      return { loss: known({ data: [1], shape: [] }), gradients: params };
    },
    sgdStep: async (state: unknown) => state,
  };
  return { ops: ops as never, images };
}

describe('a trajectory', () => {
  it('is compared at every step, each with a batch of its own', async () => {
    const { ops, images } = still();
    const sides = await trajectoryScaling.sides(ops, draw('scaledNetwork', sample));
    const losses = Object.keys(sides).filter((name) => name.startsWith('loss'));
    expect(losses).toEqual(['loss of step 1', 'loss of step 2', 'loss of step 3']);
    const { batch } = draw('scaledNetwork', sample);
    const first = [0, 1, 2].map((step) => batch(step).images.value[0]);
    expect(images).toEqual(first.flatMap((each) => [each, each]));
  });

  it('with decay as a schedule, is compared after two steps', async () => {
    const { ops } = still();
    const sides = await decayAsSchedule.sides(ops, draw('network', sample));
    expect(Object.keys(sides)).toEqual([
      'conv1 after step 1',
      'conv2 after step 1',
      'conv1 after step 2',
      'conv2 after step 2',
    ]);
  });
});

it.each([
  [0, -6],
  [6, 0],
  [12, 6],
  [13, -6],
])('running statistics with seed %d are scaled by 2 to the power of %d', async (seed, power) => {
  const seen: Judged[] = [];
  const moveStatistics = async (x: Judged, statistics: unknown) => {
    seen.push(x);
    return statistics;
  };
  const batch = { shape: [2, 1], scale: 1, mean: 0, quiet: 1, outlier: false, epsilon: 0, seed };
  const drawn = draw('affineBatch', { ...batch, gain: 1, offset: 0, decay: 0.5 });
  const { mean, variance } = (await statisticsScaling.sides({ moveStatistics } as never, drawn)) as Record<
    string,
    Side
  >;
  expect(seen[1]!.value[0]! / seen[0]!.value[0]!).toBe(2 ** power);
  // What came before is scaled, and here it is also what comes after.
  const before = drawn.statistics();
  const both = ([left, right]: Side) => [[...left.value], [...(right as Judged).value]];
  expect(both(mean!)).toEqual(new Array(2).fill(Array.from(before.mean.value, (each) => 2 ** power * each)));
  expect(both(variance!)).toEqual(
    new Array(2).fill(Array.from(before.variance.value, (each) => 4 ** power * each)),
  );
});

describe('with one ε on both sides', () => {
  /** The two sides for ±1 in one channel and ±3 in the other. */
  async function sidesOf(a: number, epsilon: number, data = [1, 3, -1, -3]) {
    const x = known({ data, shape: [2, 2] });
    const standardize = async (each: Judged) => each;
    return scaleInvariantAtOneEpsilon.sides({ standardize } as never, { x, a, epsilon } as never);
  }

  it('allows ½|ε − ε/a²|/(σ² + min(ε, ε/a²)) of each value', async () => {
    const [left, , allowed] = (await sidesOf(2, 0.5)) as [Judged, Judged, Float64Array];
    const expected = [1, 3].map((d) => ((d / Math.sqrt(d * d + 0.125)) * 0.5 * 0.375) / (d * d + 0.125));
    for (const [i, each] of [...expected, ...expected].entries()) expect(allowed[i]).toBeCloseTo(each, 14);
    // In units of the larger side, that of 2·x.
    expect(left.size).toBe(6);
    expect(((await sidesOf(0.5, 0.5)) as [Judged, Judged])[0].size).toBe(3);
  });

  it('says nothing where that is more than the value, and is exact at ε = 0, for a constant channel too', async () => {
    const [, , none] = (await sidesOf(0.1, 0.5)) as [Judged, Judged, Float64Array];
    // ½·49.5/(1 + .5) is more than 1, and ½·49.5/(9 + .5) too.
    expect([...none]).toEqual(new Array(4).fill(Infinity));
    const [, , exact] = (await sidesOf(2, 0, [1, 5, -1, 5])) as [Judged, Judged, Float64Array];
    expect([...exact]).toEqual([0, 0, 0, 0]);
  });
});

it.each([1, 2, 3, 4])(
  'law 19 is sharp: without noise, at ε = 0, no smaller loss passes (seed %d)',
  async (seed) => {
    const head = { batch: 12, size: 1, classes: 3, margin: 1, noise: 0, epsilon: 1e-8, seed };
    const subject = plainSubject();
    const { error, bound } = await judge(constantNormLimit, subject, head);
    expect(error).toBeLessThanOrEqual(bound);
    const lower = {
      ...subject,
      reluHeadLoss: async (...args: Parameters<typeof subject.reluHeadLoss>) =>
        0.99 * (await subject.reluHeadLoss(...args)),
    };
    const below = await judge(constantNormLimit, lower, head);
    expect(below.error).toBeGreaterThan(below.bound);
  },
);

it('the range of law 7 is √(m − 1) for m values of a channel, which are the units too', async () => {
  const x = known({ data: new Array(10).fill(0), shape: [5, 2] });
  const y = known({ data: [3, -2.5, 2, -2, 0, 1, 0, 0, 0, 0], shape: [5, 2] });
  const standardize = async () => y;
  const [beyond, none] = (await outputRange.sides(
    { standardize } as never,
    { x, epsilon: 0 } as never,
  )) as Side;
  expect([...beyond.value]).toEqual([1, 0.5, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect(beyond.size).toBe(2);
  expect(none).toBe(0);
});

it('the curvature of law 8 is in units of ∇/(ha²), where the gradients have their own', async () => {
  const drawn = draw('network', sample);
  const lossAndGradients = async (_: unknown, params: Readonly<Record<string, Judged>>) => ({
    gradients: Object.fromEntries(Object.entries(params).map(([path, w]) => [path, { ...w, size: 7 }])),
  });
  const sides = await hessianScaling.sides({ lossAndGradients } as never, drawn);
  // h is 1/8, and a is 2.
  const sizes = Object.values(sides as Record<string, Side>).map(([left]) => left.size);
  expect(sizes).toEqual(sizes.map(() => 14));
  expect(sizes.length).toBeGreaterThan(0);
});

it('the permutation of law 16 moves whole rows, each to one place', async () => {
  const x = known({ data: Array.from({ length: 12 }, (_, i) => i), shape: [4, 3] });
  const standardize = async (each: Judged) => each;
  const sample = { x, epsilon: 0, seed: 3 } as never;
  const [moved] = (await permutationEquivariance.sides({ standardize } as never, sample)) as Side;
  const rows = Array.from({ length: 4 }, (_, row) => [...moved.value.slice(3 * row, 3 * row + 3)]);
  expect(rows.toSorted((a, b) => a[0]! - b[0]!)).toEqual([
    [0, 1, 2],
    [3, 4, 5],
    [6, 7, 8],
    [9, 10, 11],
  ]);
  expect(rows[0]).not.toEqual([0, 1, 2]);
});

it('the sum of law 6 behind any norm is in units of all its products', async () => {
  const kernel = { ...known({ data: [1, -3, 2, 0.5, 1, 1], shape: [3, 2] }), size: 5 };
  const normalizedLayerGradient = async () => ({ kernel: { ...kernel, size: 7 } });
  const sample = { u: kernel, kernel, zero: kernel, dy: kernel } as never;
  const [along] = (await gradientAlongAllWeights.sides({ normalizedLayerGradient } as never, sample)) as Side;
  expect(along.size).toBe(7 * 5 * 6);
});

it('filters are scaled by |a| to the powers of 1/K to 1, behind norms of single channels', async () => {
  expect(scaleInvariantFilters.fits?.({} as never)).toBe(true);
  const kernel = known({ data: [1, 1, 1, 1], shape: [1, 4] });
  const seen: number[][] = [];
  const normalizedLayer = async (_: Judged, weights: Judged) => {
    seen.push([...weights.value]);
    return weights;
  };
  const sample = { u: kernel, kernel, zero: kernel, a: -16, outputs: 4 } as never;
  await scaleInvariantFilters.sides({ normalizedLayer } as never, sample);
  expect(seen).toEqual([
    [2, 4, 8, 16],
    [1, 1, 1, 1],
  ]);
});

it('law 20 is in units of log(1 + (K − 1)e^(−2)), and its samples have one margin with both signs', async () => {
  const drawn = draw('head', { batch: 3, size: 1, classes: 4, margin: 2, noise: 0, epsilon: 1, seed: 1 });
  const floor = Math.log(1 + 3 / Math.exp(2));
  const seen: Judged[] = [];
  const sidesAt = async (loss: number) => {
    const tanhHeadLoss = async (z: Judged, labels: readonly number[]) => {
      seen.push(z);
      for (const [i, each] of z.value.entries()) expect(each).toBe(labels[i >> 2] === i % 4 ? 2 : -2);
      return known({ data: [loss], shape: [] });
    };
    return (await tanhLimit.sides({ tanhHeadLoss } as never, drawn)) as Side;
  };
  const [below, right] = await sidesAt(floor - 0.25);
  expect([below.value[0], below.size].map((each) => each!.toFixed(12))).toEqual(
    [0.25, floor].map((each) => each.toFixed(12)),
  );
  expect(right).toBe(0);
  expect((await sidesAt(floor + 0.25))[0].value[0]).toBe(0);
  expect(seen.map(({ shape }) => shape)).toEqual(new Array(2).fill([3, 1, 1, 4]));
});

describe.each([3, -3])('law 1 with a = %d', (a) => {
  const epsilon = 0.5;
  const one = (...data: number[]) => known({ data, shape: [1, data.length] });

  it('compares a·W and |a|·b at ε with W and no b at ε/a², whose sign is that of a', async () => {
    const [u, kernel, bias, zero] = [one(2), one(5, 7), one(11, 13), one(0, 0)];
    const calls: unknown[][] = [];
    const normalizedLayer = async (...[input, w, b, e]: [Judged, Judged, Judged, number]) => {
      calls.push([input, [...w.value], [...b.value], e]);
      return w;
    };
    const sample = { u, kernel, bias, zero, a, epsilon } as never;
    const [left, right] = (await scaleInvariantLayer.sides({ normalizedLayer } as never, sample)) as Side;
    expect(calls).toEqual([
      [u, [5 * a, 7 * a], [33, 39], epsilon],
      [u, [5, 7], [0, 0], epsilon / 9],
    ]);
    expect([[...left.value], [...(right as Judged).value]]).toEqual([
      [5 * a, 7 * a],
      [5, 7].map((each) => Math.sign(a) * each),
    ]);
  });

  it('compares a·x + |a|·shift at ε with x at ε/a²', async () => {
    const calls: unknown[][] = [];
    const standardize = async (x: Judged, e: number) => {
      calls.push([[...x.value], e]);
      return x;
    };
    const sample = { x: one(5, 7), a, shift: 4, epsilon } as never;
    const [, right] = (await scaleInvariantBatch.sides({ standardize } as never, sample)) as Side;
    expect(calls).toEqual([
      [[5 * a + 12, 7 * a + 12], epsilon],
      [[5, 7], epsilon / 9],
    ]);
    expect([...(right as Judged).value]).toEqual([5, 7].map((each) => Math.sign(a) * each));
  });
});
