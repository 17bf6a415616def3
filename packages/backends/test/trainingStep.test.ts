import { type BackendName, openBackend } from '@normlab/backends';
import { standardize } from '@normlab/ops';
import { randomStream } from '@normlab/random';
import { unavailable, unitRoundoff } from '@normlab/testing';
import {
  add,
  avgPool,
  conv2d,
  dispose,
  grads,
  log,
  matMul,
  maxPool,
  mean,
  mul,
  neg,
  prelu,
  type Rank,
  relu,
  reshape,
  softmax,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tanh,
  tidy,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { normals, tensorOf, type Values } from './support/tensors.js';

const names = ['x', 'conv1', 'alpha', 'conv2', 'bias', 'dense'] as const;
type Inputs = Record<(typeof names)[number], Values>;

const inputs: Inputs = {
  x: normals(1, 4, 12, 12, 3),
  conv1: scaled(normals(2, 3, 3, 3, 8), 0.3),
  alpha: scaled(normals(3, 1, 1, 8), 0.2),
  conv2: scaled(normals(4, 3, 3, 8, 12), 0.2),
  bias: scaled(normals(5, 12), 0.1),
  dense: scaled(normals(6, 12, 10), 0.5),
};
const truth = oneHot([3, 1, 4, 1], 10);

describe('one training step of a small network', async () => {
  const reference = await gradientsOn('cpu', inputs);
  // The longest sums of one layer: a channel's statistics, and the first filter's gradient.
  const terms = 4 * 12 * 12;
  // Rounding in a sum of n products has the effect of changing its factors by relative errors of at most γ(n). How much
  // such changes in every layer change a gradient is measured: all factors are changed by ±η, and the effect is scaled
  // from η to γ(n). There are two backends, and six layers forward and six backward.
  const eta = 1e-3;
  const effects: number[][] = [];
  for (const seed of [11, 12, 13]) {
    const changed = await gradientsOn('cpu', shaken(inputs, eta, seed));
    effects.push(names.map((name) => largest(reference[name].map((each, i) => each - changed[name][i]!))));
  }
  const bounds = names.map((_, index) => {
    const effect = Math.max(...effects.map((each) => each[index]!));
    return (2 * 6 * effect * terms * unitRoundoff) / eta;
  });

  for (const name of ['wasm', 'webgpu', 'tensorflow'] as const) {
    const reason = await unavailable(name);
    it.skipIf(reason !== undefined)(
      `gradients(${name}) = gradients(cpu)${reason === undefined ? '' : `, SKIPPED: ${reason}`}`,
      async () => {
        const ours = await gradientsOn(name, inputs);
        names.forEach((each, index) => {
          const error = largest(ours[each].map((value, i) => value - reference[each][i]!));
          expect(error, `d${each}`).toBeLessThanOrEqual(bounds[index]!);
        });
      },
    );
  }
});

async function gradientsOn(name: BackendName, values: Inputs): Promise<Record<keyof Inputs, Float32Array>> {
  const backend = await openBackend(name);
  try {
    const results = tidy(() => grads(loss)(names.map((each) => tensorOf(values[each]))));
    const read = await Promise.all(results.map((each) => each.data<'float32'>()));
    dispose(results);
    return Object.fromEntries(names.map((each, index) => [each, read[index]!])) as Record<
      keyof Inputs,
      Float32Array
    >;
  } finally {
    await backend.close();
  }
}

/** Every kind of layer that our networks have. */
function loss(...[x, conv1, alpha, conv2, bias, dense]: Tensor[]): Tensor {
  const first = conv2d(x as Tensor4D, conv1 as Tensor4D, 1, 'same');
  const activated = prelu(standardize(first, [0, 1, 2]).y, alpha as Tensor4D);
  const pooled = maxPool(activated, 2, 2, 'valid');
  const second = relu(add<Tensor4D>(conv2d(pooled, conv2 as Tensor4D, 2, 'same'), bias!));
  const features = tanh(reshape<Rank.R2>(avgPool(second, 3, 1, 'valid'), [4, 12]));
  const probabilities = softmax(matMul(features, dense as Tensor2D));
  return neg(mean(log(sum(mul(probabilities, tensorOf(truth)), 1))));
}

function scaled({ shape, data }: Values, factor: number): Values {
  return { shape, data: data.map((value) => factor * value) };
}

function oneHot(labels: readonly number[], classes: number): Values {
  const data = Float32Array.from({ length: labels.length * classes }, (_, i) =>
    labels[Math.floor(i / classes)] === i % classes ? 1 : 0,
  );
  return { shape: [labels.length, classes], data };
}

/** Every number changed by a factor of 1 + η or 1 − η. */
function shaken(values: Inputs, eta: number, seed: number): Inputs {
  const stream = randomStream(seed);
  const shake = ({ shape, data }: Values) => ({
    shape,
    data: data.map((value) => value * (1 + (stream.uniform() < 0.5 ? eta : -eta))),
  });
  return Object.fromEntries(names.map((name) => [name, shake(values[name])])) as Inputs;
}

function largest(numbers: Float32Array): number {
  return numbers.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
}
