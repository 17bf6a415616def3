import { readFileSync } from 'node:fs';
import { buildModel, type NamedNetworkOptions, network, type Variables } from '@normlab/models';
import { inSoftware, onBackends, unitRoundoff } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { descend, lossAndGradients, trainingLoss } from './support/softmaxStep.js';

type Case = {
  readonly network: string;
  readonly options: NamedNetworkOptions;
  readonly labels: readonly number[];
  readonly logits: readonly number[];
  readonly loss: number;
  /** After a step of gradient descent. */
  readonly nextLoss: number;
  readonly inferredLogits: readonly number[];
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  readonly stats: Readonly<Record<string, readonly number[]>>;
};

type Vectors = {
  readonly batch: number;
  readonly stepSeed: number;
  readonly learningRate: number;
  readonly cases: readonly Case[];
};

const file = new URL('../../../vectors/models/networks.json', import.meta.url);
const { batch, stepSeed, learningRate, cases }: Vectors = JSON.parse(readFileSync(file, 'utf8'));

onBackends('PyTorch’s float64 numbers', inSoftware, () => {
  const titled = cases.map((twin) => ({ ...twin, title: Object.values(twin.options).join(', ') }));
  it.each(titled)('$network: $title', (twin) => {
    const spec = network(twin.network, twin.options);
    const model = buildModel(spec);
    const draw = congruential(1);
    const x = tf.tensor4d(draw(batch * spec.input.reduce((a, b) => a * b), Math.sqrt(3)), [
      batch,
      ...spec.input,
    ]);
    const fresh = model.init(0);
    const params = drawnLike(fresh.params, draw);
    const variables = { params, stats: fresh.stats };
    const step = lossAndGradients(model, variables, { x, labels: twin.labels }, stepSeed);
    const next = descend(params, step.gradients, learningRate);
    const nextLoss = trainingLoss(
      model,
      { params: next, stats: fresh.stats },
      { x, labels: twin.labels },
      stepSeed,
    );
    const { logits, stats } = model.applyTrain(params, fresh.stats, x, { seed: stepSeed });
    const inferred = model.applyInfer(params, stats, x);

    // (The post-activation ResNet has tanh: with relu, a value near 0 can fall on the other side in float32.)
    // Rounding: 2·29 passes through convolution and norm at most, forward and backward, each with sums of up to
    // m = 4·32·32 terms whose relative error is about √m·2⁻²⁴; errors of passes add up at worst. Relative to the
    // largest value of the tensor: 58·64·6e-8.
    const bound = 58 * Math.sqrt(4 * 32 * 32) * unitRoundoff;
    const worst: Record<string, number> = {};
    worst.logits = distance(logits, twin.logits);
    worst.inferredLogits = distance(inferred, twin.inferredLogits);
    worst.loss = Math.abs(step.loss - twin.loss) / twin.loss;
    expect(Object.keys(step.gradients).sort()).toEqual(Object.keys(twin.gradients));
    expect(Object.keys(stats).sort()).toEqual(Object.keys(twin.stats));
    for (const [path, values] of Object.entries(twin.gradients)) {
      worst[path] = distance(step.gradients[path]!, values);
    }
    for (const [path, values] of Object.entries(twin.stats)) worst[path] = distance(stats[path]!, values);
    // Weights of which each is off by the error of its gradient, at most bound · max |g|, times the learning rate move
    // the loss by that times |g| each, to first order; twice as much with the higher ones.
    const moved = Object.values(twin.gradients).reduce(
      (sum, values) => sum + largest(values) * values.reduce((total, value) => total + Math.abs(value), 0),
      0,
    );
    const nextBound = bound * (1 + (2 * learningRate * moved) / twin.nextLoss);
    expect(Math.abs(nextLoss - twin.nextLoss) / twin.nextLoss, 'nextLoss').toBeLessThan(nextBound);
    for (const [what, error] of Object.entries(worst)) expect(error, what).toBeLessThan(bound);
    tf.dispose([x, fresh, params, next, step, logits, stats, inferred]);
  });
});

/** Largest difference, relative to the largest value. */
function distance(tensor: tf.Tensor, expected: readonly number[]): number {
  const values = tensor.dataSync();
  expect(values.length).toBe(expected.length);
  const scale = largest(expected);
  return Math.max(...expected.map((value, index) => Math.abs(value - values[index]!))) / scale;
}

function largest(values: readonly number[]): number {
  return Math.max(...values.map(Math.abs));
}

/** The generator of make_vectors.py: x ← 1664525·x + 1013904223 mod 2³², as numbers in [−1, 1) times a factor. */
function congruential(seed: number): (size: number, factor: number, centre?: number) => Float32Array {
  let state = seed;
  return (size, factor, centre = 0) =>
    Float32Array.from({ length: size }, () => {
      state = (Math.imul(1664525, state) + 1013904223) >>> 0;
      return centre + (state / 2 ** 31 - 1) * factor;
    });
}

/** Parameters of the same shapes, drawn in the order of their sorted paths. */
function drawnLike(params: Variables, draw: ReturnType<typeof congruential>): Variables {
  const drawn = Object.entries(params)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, { shape, size }]): [string, tf.Tensor] => {
      const kind = path.split('/').at(-1);
      if (kind === 'kernel' || kind === 'direction') {
        const fan = shape.length === 4 ? shape[0]! * shape[1]! * shape[3]! : shape[0]!;
        return [path, tf.tensor(draw(size, Math.sqrt(3) * Math.sqrt(2 / fan)), shape)];
      }
      if (kind === 'scale') return [path, tf.tensor(draw(size, 0.2, 1), shape)];
      if (kind === 'slope') return [path, tf.tensor(draw(size, 0.1, 0.25), shape)];
      return [path, tf.tensor(draw(size, 0.2), shape)];
    });
  return Object.fromEntries(drawn);
}
