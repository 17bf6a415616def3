import {
  buildModel,
  type LayerSpec,
  type ModelSpec,
  type NormKind,
  normKinds,
  type Variables,
} from '@normlab/models';
import { inSoftware, onBackends, unitRoundoff } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

const [images, size, inputs, channels] = [2, 4, 3, 4];

/** Changes of the filters of a convolution: one factor and one bias per output channel. */
const changes = {
  oneForAll: [4, 4, 4, 4],
  onePerGroup: [4, 4, 8, 8],
  onePerFilter: [4, 2, 8, 1],
} as const;

/** Per kind of norm: the changes of the filters, of their biases and of each image that do not change the output. */
const invariances: Record<NormKind, { factors: string[]; biases: string[]; eachImage: boolean }> = {
  batch: { factors: Object.keys(changes), biases: Object.keys(changes), eachImage: false },
  instance: { factors: Object.keys(changes), biases: Object.keys(changes), eachImage: true },
  group: { factors: ['oneForAll', 'onePerGroup'], biases: ['oneForAll', 'onePerGroup'], eachImage: true },
  layer: { factors: ['oneForAll'], biases: ['oneForAll'], eachImage: true },
  rms: { factors: ['oneForAll'], biases: [], eachImage: true },
};

// All inputs are small whole numbers and all factors powers of two, and the kernel is 1×1: z = x ∗ W and z + b are
// exact, a factor passes through every sum, quotient and root of a norm without additional rounding, and a bias is
// removed with the first sample, which is subtracted before anything is summed. So both sides have the same bits.
onBackends('norm(x ∗ W) at ε = 0', inSoftware, () => {
  describe.each(normKinds)('%s', (kind) => {
    it.each(Object.entries(changes))('W → a·W, a %s', (name, factors) => {
      const [before, after] = [normed(kind, {}), normed(kind, { factors })];
      if (invariances[kind].factors.includes(name)) expect(after).toEqual(before);
      else expect(farthest(before, after)).toBeGreaterThan(0.1);
    });

    it.each(Object.entries(changes))('x ∗ W → x ∗ W + b, b %s', (name, biases) => {
      const [before, after] = [normed(kind, {}), normed(kind, { biases })];
      if (invariances[kind].biases.includes(name)) expect(after).toEqual(before);
      else expect(farthest(before, after)).toBeGreaterThan(0.1);
    });

    it('x → a·x, a one per image', () => {
      const [before, after] = [normed(kind, {}), normed(kind, { imageFactors: [2, 8] })];
      if (invariances[kind].eachImage) expect(after).toEqual(before);
      else expect(farthest(before, after)).toBeGreaterThan(0.1);
    });
  });
});

onBackends('a norm of each kind', inSoftware, () => {
  it('has mean 0 and mean square 1 over the axes that it normalizes', () => {
    const over = { batch: [0, 1, 2], layer: [1, 2, 3], instance: [1, 2], group: [1, 2, 4] };
    for (const kind of ['batch', 'layer', 'instance', 'group'] as const) {
      tf.tidy(() => {
        const y = tf.tensor(normed(kind, {}), [images, size, size, 2, channels / 2]);
        const axes =
          kind === 'group' ? over.group : over[kind].flatMap((axis) => (axis === 3 ? [3, 4] : [axis]));
        const largest = (x: tf.Tensor) => tf.max(tf.abs(x)).dataSync()[0]!;
        // Up to 128 numbers below 6, each off by some roundings, and as many roundings in the sums.
        const bound = 128 * 6 * 2 ** -22;
        expect(largest(tf.mean(y, axes)), kind).toBeLessThan(bound);
        expect(largest(tf.sub(tf.mean(tf.square(y), axes), 1)), kind).toBeLessThan(6 * bound);
      });
    }
  });
});

describe('by hand, with an ε that matters', () => {
  const gains = [
    { gain: false, bias: false },
    { gain: true, bias: false },
    { gain: false, bias: true },
    { gain: true, bias: true },
  ];
  const one = (value: number) => tf.tensor1d([value]);

  /** What a norm makes of four pixels of one channel, two per image; γ = 3 and β = 10 where they are learned. */
  function pixelsAfter(norm: LayerSpec & { type: 'norm' }, way: 'training' | 'inference') {
    const pool: LayerSpec = { type: 'globalPool', name: 'pool' };
    const model = buildModel({ name: 'one norm', input: [1, 2, 1], classes: 1, layers: [norm, pool] });
    return tf.tidy(() => {
      const params = {
        ...(norm.gain && { 'norm/scale': one(3) }),
        ...(norm.bias && { 'norm/offset': one(10) }),
      };
      const stats: Variables = 'decay' in norm ? { 'norm/mean': one(6), 'norm/variance': one(13) } : {};
      const x = tf.tensor4d([1, 3, 1, 3], [2, 1, 2, 1]);
      const { taps, stats: moved } = model.applyWith(params, stats, x, { seed: 1, taps: ['norm'] });
      const y =
        way === 'training'
          ? [...taps.norm!.dataSync()]
          : // The pool averages the pixels of an image: 2.
            [...model.applyInfer(params, stats, x).dataSync()];
      return { y, moved: Object.values(moved).map((each) => each.dataSync()[0]) };
    });
  }

  /** Up to 8 roundings (moments, a root, a quotient, a product, two sums) of numbers below 16. */
  function expectNear(values: readonly number[], wanted: readonly number[]): void {
    expect(values).toHaveLength(wanted.length);
    for (const [place, value] of values.entries())
      expect(Math.abs(value - wanted[place]!)).toBeLessThanOrEqual(8 * 16 * unitRoundoff);
  }

  onBackends('a norm', inSoftware, () => {
    it.each(gains)('batch, inference: γ·(x − μ)/√(σ² + ε) + β, learned: %o', ({ gain, bias }) => {
      const norm = { type: 'norm', name: 'norm', gain, bias, epsilon: 3, decay: 0.75 } as const;
      // (2 − 6)/√(13 + 3) = −1.
      const wanted = (gain ? -3 : -1) + (bias ? 10 : 0);
      expectNear(pixelsAfter(norm, 'inference').y, [wanted, wanted]);
    });

    it.each(gains)('batch, training: with μ = 2 and σ² = 1 of the batch, learned: %o', ({ gain, bias }) => {
      const norm = { type: 'norm', name: 'norm', gain, bias, epsilon: 3, decay: 0.75 } as const;
      const { y, moved } = pixelsAfter(norm, 'training');
      const [low, high] = [-0.5, 0.5].map((value) => value * (gain ? 3 : 1) + (bias ? 10 : 0));
      expectNear(y, [low!, high!, low!, high!]);
      // 0.75·6 + 0.25·2 and 0.75·13 + 0.25·1.
      expect(moved).toEqual([5, 10]);
    });

    it.each([
      { kind: 'layer', epsilon: 3 },
      { kind: 'instance', epsilon: 3 },
      { kind: 'group', groups: 1, epsilon: 3 },
      // Mean square 5: x/√(5 + 4).
      { kind: 'rms', epsilon: 4 },
    ] as const)('$kind: γ·(x − μ)/√(σ² + ε) + β', (kind) => {
      for (const { gain, bias } of gains) {
        const norm = { type: 'norm', name: 'norm', gain, bias, ...kind } as const;
        const { y, moved } = pixelsAfter(norm, 'training');
        const plain = kind.kind === 'rms' ? [1 / 3, 1] : [-0.5, 0.5];
        const wanted = plain.map((value) => value * (gain ? 3 : 1) + (bias ? 10 : 0));
        expectNear(y, [...wanted, ...wanted]);
        expect(moved).toEqual([]);
      }
    });
  });
});

type Change = {
  readonly factors?: readonly number[];
  readonly biases?: readonly number[];
  readonly imageFactors?: readonly number[];
};

/** The output of a norm after a convolution of whole numbers. */
function normed(kind: NormKind, { factors, biases, imageFactors = [1, 1] }: Change): Float32Array {
  const fields = { type: 'norm', name: 'norm', gain: false, bias: false, epsilon: 0 } as const;
  const byKind: Record<NormKind, LayerSpec> = {
    batch: { ...fields, decay: 0.9 },
    layer: { ...fields, kind: 'layer' },
    instance: { ...fields, kind: 'instance' },
    group: { ...fields, kind: 'group', groups: 2 },
    rms: { ...fields, kind: 'rms' },
  };
  const norm = byKind[kind];
  const spec: ModelSpec = {
    name: 'conv and norm',
    input: [size, size, inputs],
    classes: channels,
    layers: [
      { type: 'conv', name: 'conv', channels, kernel: 1, stride: 1, padding: 'same', bias: true },
      norm,
      { type: 'globalPool', name: 'pool' },
    ],
  };
  return tf.tidy(() => {
    const model = buildModel(spec);
    const { params, stats } = model.init(1);
    const kernel = tf.tensor4d(
      wholeNumbers(inputs * channels, 7).map((value, place) => value * (factors?.[place % channels] ?? 1)),
      [1, 1, inputs, channels],
    );
    const perImage = size * size * inputs;
    const x = tf.tensor4d(
      wholeNumbers(images * perImage, 3).map(
        (value, place) => value * imageFactors[Math.floor(place / perImage)]!,
      ),
      [images, size, size, inputs],
    );
    const given = {
      ...params,
      'conv/kernel': kernel,
      'conv/bias': tf.tensor1d([...(biases ?? [0, 0, 0, 0])]),
    };
    const { taps } = model.applyWith(given, stats, x, { seed: 1, taps: ['norm'] });
    return taps.norm!.dataSync<'float32'>().slice();
  });
}

/** Whole numbers from −4 to 4 (Numerical Recipes' congruential generator, its upper bits). */
function wholeNumbers(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * 9) - 4;
  });
}

function farthest(a: Float32Array, b: Float32Array): number {
  return Math.max(...Array.from(a, (value, index) => Math.abs(value - b[index]!)));
}
