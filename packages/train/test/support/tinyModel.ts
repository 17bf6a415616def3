import type { Model, Variables } from '@normlab/models';
import { randomStream } from '@normlab/random';
import {
  add,
  cast,
  conv2d,
  div,
  greaterEqual,
  matMul,
  mean,
  moments,
  mul,
  ones,
  randomUniform,
  sqrt,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tanh,
  tensor,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';

const decay = 0.9;
const epsilon = 1e-5;
const dropRate = 0.25;

/** Convolution, constant batch norm, tanh, dropout, global pool, dense: every kind of state that a step carries. */
export const tinyModel: Model = {
  spec: {
    name: 'tiny',
    input: [4, 4, 2],
    classes: 3,
    layers: [
      {
        type: 'conv',
        name: 'conv1',
        channels: 5,
        kernel: 3,
        stride: 1,
        padding: 'same',
        bias: false,
      },
      { type: 'norm', name: 'norm1', gain: false, bias: false, epsilon, decay },
      { type: 'activation', name: 'tanh1', kind: 'tanh' },
      { type: 'dropout', name: 'dropout1', dropRate },
      { type: 'globalPool', name: 'pool' },
      { type: 'dense', name: 'dense', units: 3, bias: true },
    ],
  },
  layers: ['conv1', 'norm1', 'tanh1', 'dropout1', 'pool', 'dense'],
  init(seed) {
    const stream = randomStream(seed);
    const normal = (shape: number[]): Tensor =>
      tensor(
        Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => stream.normal() / 3),
        shape,
      );
    return {
      params: {
        'conv1/kernel': normal([3, 3, 2, 5]),
        'dense/kernel': normal([5, 3]),
        'dense/bias': zeros([3]),
      },
      stats: { 'norm1/mean': zeros([5]), 'norm1/variance': ones([5]) },
    };
  },
  applyTrain(params, stats, x, { seed }) {
    const { taps, ...result } = tinyModel.applyWith(params, stats, x, { seed, taps: [] });
    return result;
  },
  applyInfer: (params, stats, x) =>
    tidy(() => {
      const convolved = conv2d(x, params['conv1/kernel'] as Tensor4D, 1, 'same');
      const normal = normalize(convolved, stats['norm1/mean']!, stats['norm1/variance']!);
      return head(params, tanh(normal));
    }),
  applyWith: (params, stats, x, { seed, taps }) =>
    tidy(() => {
      const conv1 = conv2d(x, params['conv1/kernel'] as Tensor4D, 1, 'same');
      const batch = moments(conv1, [0, 1, 2]);
      const norm1 = normalize(conv1, batch.mean, batch.variance);
      const tanh1 = tanh(norm1);
      const chance = randomUniform(tanh1.shape, 0, 1, 'float32', seed);
      const mask = cast(greaterEqual(chance, dropRate), 'float32');
      const dropout1: Tensor4D = div(mul(tanh1, mask), 1 - dropRate);
      const outputs: Variables = { conv1, norm1, tanh1, dropout1 };
      const moved = (name: string, now: Tensor): Tensor1D =>
        add(mul(stats[`norm1/${name}`]!, decay), mul(now, 1 - decay));
      return {
        logits: head(params, dropout1),
        stats: {
          'norm1/mean': moved('mean', batch.mean),
          'norm1/variance': moved('variance', batch.variance),
        },
        taps: Object.fromEntries(
          taps.flatMap((name) => (outputs[name] === undefined ? [] : [[name, outputs[name]]])),
        ),
      };
    }),
};

function normalize(x: Tensor4D, mean: Tensor, variance: Tensor): Tensor4D {
  return div(sub(x, mean), sqrt(add(variance, epsilon)));
}

function head(params: Variables, x: Tensor4D): Tensor2D {
  return add(matMul(mean(x, [1, 2]), params['dense/kernel'] as Tensor2D), params['dense/bias']!);
}
