import {
  batchNormInfer,
  batchNormReluTrain,
  batchNormTrain,
  constantBatchNormTrain,
  foldBatchNorm,
  standardize,
} from '@normlab/ops';
import {
  add,
  grads,
  matMul,
  maxPool,
  mul,
  ones,
  prelu,
  reshape,
  scalar,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tanh,
  zeros,
} from '@tensorflow/tfjs-core';
import { preluSlope } from '../bounds/trackPointwise.js';
import type { Affine, Nonlinearity, Statistics } from '../subject.js';
import { linearLayer, normalizing } from '../tensors/tensorSubject.js';
import { onTensors } from '../tensors/transfer.js';

/** `@normlab/ops` as a subject. */
export const opsSubject = onTensors({
  ...normalizing((x, epsilon) => constantBatchNormTrain(x, fresh(x), { epsilon }).y),

  statistics(x) {
    const { mean, variance } = standardize(x, leadingAxes(x));
    return { mean, variance };
  },

  batchNorm: normalized,

  batchNormGradient(x, { scale, offset }, dy, epsilon) {
    const f = (...[each, gain, bias]: Tensor[]) =>
      normalized(each!, { scale: gain!, offset: bias! }, epsilon);
    const [dx, dScale, dOffset] = grads(f)([x, scale, offset], dy);
    return { x: dx!, scale: dScale!, offset: dOffset! };
  },

  moveStatistics: (x, statistics, decay) => batchNormTrain(x, {}, vectors(statistics), { decay }).stats,

  statisticsGradient(x, statistics, decay) {
    const f = (input: Tensor): Tensor => {
      const moved = batchNormTrain(input, {}, vectors(statistics), { decay }).stats;
      // The last term makes the result depend on x, which tfjs requires; its gradient is 0.
      return add(add(sum(moved.mean), sum(moved.variance)), mul(sum(input), 0));
    };
    return grads(f)([x])[0]!;
  },

  batchNormInfer: (x, affine, statistics, epsilon) =>
    batchNormInfer(x, vectors(affine), vectors(statistics), { epsilon }),

  linear: (u, kernel, bias) => overRows(u, (rows) => linearLayer(rows, kernel, bias)),

  fold: (kernel, bias, affine, statistics, epsilon) =>
    foldBatchNorm({ kernel, bias: bias as Tensor1D }, vectors(affine), vectors(statistics), { epsilon }),

  activatedLayer: (x, affine, nonlinearity, kernel, epsilon) =>
    overRows(activated(x, affine, nonlinearity, epsilon), (rows) => matMul(rows, kernel as Tensor2D)),
});

function normalized(x: Tensor, affine: Affine<Tensor>, epsilon: number): Tensor {
  return batchNormTrain(x, vectors(affine), fresh(x), { epsilon }).y;
}

function activated(x: Tensor, affine: Affine<Tensor>, nonlinearity: Nonlinearity, epsilon: number): Tensor {
  if (nonlinearity === 'relu') return batchNormReluTrain(x, vectors(affine), fresh(x), { epsilon }).y;
  const y = normalized(x, affine, epsilon);
  if (nonlinearity === 'prelu') return prelu(y, scalar(preluSlope));
  if (nonlinearity === 'tanh') return tanh(y);
  return maxPool(y as Tensor4D, 2, 2, 'valid');
}

/** A dense layer over the last axis of any rank. */
function overRows(x: Tensor, layer: (rows: Tensor2D) => Tensor): Tensor {
  const z = layer(reshape(x, [-1, x.shape[x.rank - 1]!]));
  return reshape(z, [...x.shape.slice(0, -1), z.shape[1]!]);
}

function fresh(x: Tensor): Statistics<Tensor1D> {
  const channels = x.shape[x.rank - 1]!;
  return { mean: zeros([channels]), variance: ones([channels]) };
}

function leadingAxes(x: Tensor): number[] {
  return Array.from({ length: x.rank - 1 }, (_, axis) => axis);
}

/** Gains and biases, or statistics; laws always give one per channel. */
function vectors<K extends string>(record: Readonly<Record<K, Tensor>>): Readonly<Record<K, Tensor1D>> {
  return record as Readonly<Record<K, Tensor1D>>;
}
