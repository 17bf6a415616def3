import { arbitraries } from '@normlab/laws';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { affineOf, statisticsOf } from '../src/samples/affineSample.js';
import { type BatchSample, batchOf } from '../src/samples/batchSample.js';
import { headOf } from '../src/samples/headSample.js';
import { labelledBatchOf } from '../src/samples/networkSample.js';

const drawn = <T>(arbitrary: fc.Arbitrary<T>) => fc.sample(arbitrary, { numRuns: 2000, seed: 1 });

const ends = (values: readonly number[]) => [Math.min(...values), Math.max(...values)];

/** The different values in order, each of which must make up a tenth of an even share at least. */
function counts<T extends string | number>(values: readonly T[]): T[] {
  const different = [...new Set(values)].sort((a, b) => (a < b ? -1 : 1));
  for (const each of different) {
    const share = values.filter((value) => value === each).length / values.length;
    expect(share, String(each)).toBeGreaterThan(0.1 / different.length);
  }
  return different;
}

describe('batches', () => {
  const samples = () => drawn(arbitraries.batch());

  it('have rank 2 to 5, at least two values and one channel', () => {
    expect(new Set(samples().map(({ shape }) => shape.length))).toEqual(new Set([2, 3, 4, 5]));
    const channels = samples().map(({ shape }) => shape.at(-1)!);
    const values = samples().map(({ shape }) => shape.slice(0, -1).reduce((a, b) => a * b, 1));
    expect([Math.min(...channels), Math.max(...channels)]).toEqual([1, 4]);
    expect(Math.min(...values)).toBe(2);
    expect(Math.max(...values)).toBeGreaterThan(200);
  });

  it('have scales of powers of two, and from 10⁻⁶ to 10⁶', () => {
    const scales = samples().map(({ scale }) => scale);
    expect(scales.filter((each) => Number.isInteger(Math.log2(each))).length).toBeGreaterThan(500);
    expect(Math.min(...scales)).toBe(1e-6);
    expect(Math.max(...scales)).toBe(1e6);
  });

  it('have ε = 0, and up to 10⁻¹', () => {
    const epsilons = samples().map(({ epsilon }) => epsilon);
    expect([Math.min(...epsilons), Math.max(...epsilons)]).toEqual([0, 0.1]);
    expect(epsilons).toContain(1e-5);
  });

  it('have means of up to 10⁴ deviations, nearly constant channels, constant ones, and outliers', () => {
    expect(Math.max(...samples().map(({ mean }) => mean))).toBe(1e4);
    const quiet = samples().map((sample) => sample.quiet);
    expect(quiet.filter((each) => each > 0 && each < 1e-3).length).toBeGreaterThan(50);
    expect(quiet).toContain(0);
    expect(samples().some(({ outlier }) => outlier)).toBe(true);
  });

  it('are of five kinds, each a good part of them', () => {
    const kindOf = ({ mean, quiet, outlier }: BatchSample) => {
      if (outlier) return `an outlier, mean ${mean}, quiet ${quiet}`;
      if (quiet < 1) return `${quiet === 0 ? 'constant' : 'nearly constant'}, mean ${mean}`;
      return mean === 0 ? 'centred' : 'off centre';
    };
    expect(counts(samples().map(kindOf))).toEqual([
      'an outlier, mean 0, quiet 1',
      'an outlier, mean 1, quiet 1',
      'centred',
      'constant, mean 1',
      'nearly constant, mean 1',
      'off centre',
    ]);
    const offCentre = samples().filter((sample) => kindOf(sample) === 'off centre');
    expect(ends(offCentre.map(({ mean }) => mean))).toEqual([0.1, 1e4]);
  });

  it('as pairs, have two values per channel, and ε = 0', () => {
    const pairs = drawn(arbitraries.pair());
    expect(counts(pairs.map(({ shape }) => shape.join()))).toEqual(['2,1', '2,2', '2,3', '2,4']);
    expect(ends(pairs.map(({ epsilon }) => epsilon))).toEqual([0, 0]);
    expect(ends(pairs.map(({ scale }) => scale))).toEqual([1e-6, 1e6]);
  });

  it('with an affine map, have a of either sign and b up to ten deviations', () => {
    const scaled = drawn(arbitraries.scaledBatch());
    expect(ends(scaled.map(({ b }) => b))).toEqual([-10, 10]);
    expect(counts(scaled.map(({ a }) => Math.sign(a)))).toEqual([-1, 1]);
    expect(Math.min(...scaled.map(({ shape }) => shape.length))).toBe(2);
  });

  it('of images, have even sides', () => {
    const images = drawn(arbitraries.affineImages()).map(({ shape }) => shape);
    expect(counts(images.map(([, height, width]) => `${height}×${width}`))).toEqual([
      '2×2',
      '2×4',
      '4×2',
      '4×4',
    ]);
    expect(counts(images.map(([batch]) => batch!))).toEqual([1, 2]);
    expect(counts(images.map((shape) => shape[3]!))).toEqual([1, 2, 3, 4]);
  });

  it('have the described mean and standard deviation, within five standard errors', () => {
    const sample = { shape: [4000, 2], scale: 2, mean: 3, quiet: 0.5, outlier: false, epsilon: 0, seed: 4 };
    const { data } = batchOf(sample);
    for (const [channel, deviation, mean] of [
      [0, 1, 6],
      [1, 2, -6],
    ] as const) {
      const column = Array.from(data).filter((_, i) => i % 2 === channel);
      const average = column.reduce((a, b) => a + b, 0) / column.length;
      const variance = column.reduce((a, b) => a + (b - average) ** 2, 0) / column.length;
      expect(Math.abs(average - mean)).toBeLessThan((5 * deviation) / Math.sqrt(4000));
      expect(Math.abs(variance / deviation ** 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / 4000));
    }
  });
});

describe('layers', () => {
  const samples = () => drawn(arbitraries.layer());

  it('are dense, narrow and wide, with at least two samples and one channel', () => {
    const dense = samples().filter(({ kind }) => kind === 'dense');
    const kernels = samples()
      .filter(({ kind }) => kind === 'conv')
      .map(({ kernelSize }) => kernelSize);
    expect(dense.length).toBeGreaterThan(500);
    expect(new Set(kernels)).toEqual(new Set([1, 3, 5]));
    expect(Math.min(...dense.map(({ batch }) => batch))).toBe(2);
    for (const side of ['inputs', 'outputs'] as const) {
      const channels = samples().map((sample) => sample[side]);
      expect([Math.min(...channels), Math.max(...channels)]).toEqual([1, 16]);
    }
  });

  it('are small images if narrow, and large enough for tiles if wide', () => {
    const pointwise = samples().filter(({ kind, kernelSize }) => kind === 'conv' && kernelSize === 1);
    expect(counts(pointwise.map(({ batch }) => batch))).toEqual([1, 2, 3]);
    expect(counts(pointwise.map(({ size }) => size))).toEqual([2, 3, 4]);
    const wide = samples().filter(({ kind, inputs }) => kind === 'conv' && inputs === 8);
    expect(counts(wide.map(({ batch }) => batch))).toEqual([1, 2]);
    expect(counts(wide.map(({ size }) => size))).toEqual([3, 4, 5, 6, 7, 8]);
  });

  it('have scales a from 10⁻⁶ to 10⁶, kernels and inputs of any size, ε from 0', () => {
    const magnitudes = samples().map(({ a }) => Math.abs(a));
    expect([Math.min(...magnitudes), Math.max(...magnitudes)]).toEqual([1e-6, 1e6]);
    expect(samples().filter(({ a }) => Number.isInteger(Math.log2(Math.abs(a)))).length).toBeGreaterThan(500);
    const epsilons = samples().map(({ epsilon }) => epsilon);
    expect([Math.min(...epsilons), Math.max(...epsilons)]).toEqual([0, 0.1]);
    expect(ends(samples().map(({ inputScale }) => inputScale))).toEqual([0.01, 100]);
    expect(ends(samples().map(({ kernelScale }) => kernelScale))).toEqual([2 ** -6, 2 ** 6]);
    expect(counts(samples().map(({ inputMean }) => inputMean))).toEqual([0, 1, 2, 3, 4]);
    expect(ends(samples().map(({ b }) => b))).toEqual([-10, 10]);
  });
});

describe('affine batches', () => {
  const samples = () => drawn(arbitraries.affineBatch());

  it('have gains from 10⁻² to 10², no bias and biases, and every decay', () => {
    expect(ends(samples().map(({ gain }) => gain))).toEqual([0.01, 100]);
    expect(counts(samples().map(({ offset }) => offset))).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8].map((n) => n / 4),
    );
    expect(counts(samples().map(({ decay }) => decay))).toEqual([0, 0.5, 0.9, 0.99, 1]);
  });

  it('have gains of both signs, biases of both signs, and running statistics that differ', () => {
    const sample = { ...samples()[0]!, shape: [2, 400], gain: 2, offset: 1, scale: 1, mean: 0 };
    const { scale, offset } = affineOf(sample);
    const statistics = statisticsOf(sample);
    for (const { data } of [scale, offset, statistics.mean]) {
      expect(Math.min(...data)).toBeLessThan(-0.9);
      expect(Math.max(...data)).toBeGreaterThan(0.9);
    }
    expect(Math.min(...affineOf(sample, { positive: true }).scale.data)).toBeGreaterThan(0);
    const [least, most] = ends([...statistics.variance.data]);
    expect(least).toBeGreaterThan(0.25);
    expect(most! / least!).toBeGreaterThan(10);
  });
});

describe('scales a', () => {
  it('are negative and positive, never 0', () => {
    const scales = drawn(arbitraries.layer()).map(({ a }) => a);
    expect(scales.filter((a) => a < 0).length).toBeGreaterThan(500);
    expect(scales.filter((a) => a > 0).length).toBeGreaterThan(500);
    expect(scales.some((a) => a === 0)).toBe(false);
  });

  it('are powers of two where a law is checked bit for bit', () => {
    const scales = drawn(arbitraries.scaledNetwork()).map(({ a }) => Math.log2(a));
    expect(scales.every(Number.isInteger)).toBe(true);
    expect([Math.min(...scales), Math.max(...scales)]).toEqual([-6, 6]);
  });
});

describe('networks', () => {
  it.each(['network', 'scaledNetwork'] as const)(
    'of a %s: both activations, with and without momentum and decay, all sizes, narrow and wide',
    (kind) => {
      const samples = drawn(arbitraries[kind]());
      const networks = samples.map(({ network }) => network);
      expect(counts(networks.map(({ activation }) => activation))).toEqual(['relu', 'tanh']);
      expect(counts(networks.map(({ classes }) => classes))).toEqual([2, 3, 4]);
      expect(counts(networks.map(({ channels }) => channels.length))).toEqual([1, 2]);
      expect(counts(networks.map(({ input }) => Number(input[2] % 4 === 0)))).toEqual([0, 1]);
      expect(counts(samples.map(({ momentum }) => momentum))).toEqual([0, 0.5, 0.9]);
      expect(counts(samples.map(({ weightDecay }) => Number(weightDecay > 0)))).toEqual([0, 1]);
      expect(counts(samples.map(({ batch }) => batch))).toEqual([2, 3, 4]);
      expect(ends(samples.map(({ learningRate }) => learningRate))).toEqual([0.001, 0.1]);
    },
  );

  it.each([
    ['network', ['4×4×1', '4×4×2', '4×4×4', '6×6×4']],
    ['scaledNetwork', ['4×4×1', '4×4×2', '4×4×4', '6×6×16', '6×6×4']],
  ] as const)(
    'of a %s: their images are narrow, wide, and deep only where equality is bit for bit',
    (kind, inputs) => {
      const networks = drawn(arbitraries[kind]()).map(({ network }) => network);
      expect(counts(networks.map(({ input }) => input.join('×')))).toEqual(inputs);
      const narrow = networks.filter(({ input }) => input[2] < 4);
      expect(counts(narrow.flatMap(({ channels }) => channels))).toEqual([1, 2, 3]);
    },
  );

  it.each([
    [0, 0.5],
    [0.5, 0.0858],
    [0.9, 0.00263],
  ])('with momentum %d, have ηλ up to %d: half, or (1 − √m)²', (momentum, most) => {
    const samples = drawn(arbitraries.network()).filter((sample) => sample.momentum === momentum);
    const products = samples.map(({ learningRate, weightDecay }) => learningRate * weightDecay);
    expect(Math.max(...products) / most).toBeCloseTo(1, 2);
  });

  it('have batches with labels of every class, and other images and labels at each step', () => {
    const sample = drawn(arbitraries.network()).find(({ network }) => network.classes === 4)!;
    const steps = Array.from({ length: 100 }, (_, step) => labelledBatchOf(sample, step));
    expect(counts(steps.flatMap(({ labels }) => labels))).toEqual([0, 1, 2, 3]);
    expect(new Set(steps.map(({ images }) => images.data[0])).size).toBe(100);
  });
  it('train within ηλ ≤ (1 − √m)², where law 14 has a real root', () => {
    for (const { learningRate, weightDecay, momentum } of drawn(arbitraries.network())) {
      const middle = 1 + momentum - learningRate * weightDecay;
      expect(middle * middle - 4 * momentum).toBeGreaterThanOrEqual(-1e-12);
    }
  });
});

describe('heads', () => {
  const samples = () => drawn(arbitraries.head());

  it('have 2 to 10 classes, margins from 1 to 1000, none and some noise', () => {
    expect(counts(samples().map(({ classes }) => classes))).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(ends(samples().map(({ margin }) => margin))).toEqual([1, 1000]);
    expect(counts(samples().map(({ noise }) => Number(noise > 0)))).toEqual([0, 1]);
    expect(ends(samples().map(({ batch }) => batch))).toEqual([2, 12]);
    const epsilons = samples().map(({ epsilon }) => epsilon);
    expect(ends(epsilons)).toEqual([1e-8, 0.1]);
  });

  it('have labels of every class', () => {
    const heads = samples()
      .filter(({ classes }) => classes === 4)
      .map((sample) => headOf(sample, 0));
    expect(counts(heads.flatMap(({ labels }) => labels))).toEqual([0, 1, 2, 3]);
  });
});

describe('rotations', () => {
  it('have every momentum, and rates and decays over their ranges', () => {
    const samples = drawn(arbitraries.rotation());
    expect(counts(samples.map(({ momentum }) => momentum))).toEqual([0, 0.3, 0.5]);
    expect(ends(samples.map(({ learningRate }) => learningRate))).toEqual([0.001, 0.1]);
    expect(ends(samples.map(({ decay }) => decay))).toEqual([0.15, 0.25]);
    expect(ends(samples.map(({ inputs }) => inputs))).toEqual([16, 32]);
    expect(ends(samples.map(({ batch }) => batch))).toEqual([8, 16]);
    const seeds = samples.map(({ seed }) => seed);
    expect(ends(seeds)).toEqual([0, 2 ** 31 - 1]);
  });
});

describe('samples', () => {
  it.each(Object.keys(arbitraries) as (keyof typeof arbitraries)[])(
    '%s can be printed and read back',
    (kind) => {
      for (const sample of fc.sample<unknown>(arbitraries[kind](), { numRuns: 20, seed: 2 })) {
        expect(JSON.parse(JSON.stringify(sample))).toEqual(sample);
      }
    },
  );
});
