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
import type {
  ActivatedLayer,
  Affine,
  BatchNorm,
  BatchNormGradient,
  Folding,
  Inference,
  Nonlinearity,
  NormalizedLayer,
  NormalizedLayerGradient,
  RunningStatistics,
  Standardizer,
  StandardizerGradient,
  Statistics,
  StatisticsGradient,
  StatisticsSubject,
} from '../subject.js';
import { linearLayer, tensorSubject } from '../tensors/tensorSubject.js';
import { readBack, toTensor } from '../tensors/transfer.js';

type OpsSubject = Standardizer &
  StandardizerGradient &
  NormalizedLayer &
  NormalizedLayerGradient &
  StatisticsSubject &
  BatchNorm &
  BatchNormGradient &
  RunningStatistics &
  StatisticsGradient &
  Inference &
  Folding &
  ActivatedLayer;

/** `@normlab/ops` as laws see it. */
export const opsSubject: OpsSubject = {
  ...tensorSubject({
    standardize: (x, epsilon) => constantBatchNormTrain(x, fresh(x), { epsilon }).y,
  }),

  statistics: (x) =>
    readBack(() => {
      const input = toTensor(x);
      const { mean, variance } = standardize(input, leadingAxes(input));
      return { mean, variance };
    }),

  async batchNorm(x, affine, epsilon) {
    const { y } = await readBack(() => ({ y: normalized(toTensor(x), affineTensors(affine), epsilon) }));
    return y;
  },

  batchNormGradient: (x, affine, dy, epsilon) =>
    readBack(() => {
      const f = (input: Tensor, scale: Tensor, offset: Tensor) =>
        normalized(input, { scale: scale as Tensor1D, offset: offset as Tensor1D }, epsilon);
      const { scale, offset } = affineTensors(affine);
      const [dx, dScale, dOffset] = grads(f)([toTensor(x), scale, offset], toTensor(dy));
      return { x: dx!, scale: dScale!, offset: dOffset! };
    }),

  moveStatistics: (x, statistics, decay) =>
    readBack(() => batchNormTrain(toTensor(x), {}, statisticsTensors(statistics), { decay }).stats),

  async statisticsGradient(x, statistics, decay) {
    const { dx } = await readBack(() => {
      const stats = statisticsTensors(statistics);
      const f = (input: Tensor): Tensor => {
        const moved = batchNormTrain(input, {}, stats, { decay }).stats;
        // The last term joins the statistics to x, without which tfjs refuses; its gradient is 0.
        return add(add(sum(moved.mean), sum(moved.variance)), mul(sum(input), 0));
      };
      const [dx] = grads(f)([toTensor(x)]);
      return { dx: dx! };
    });
    return dx;
  },

  async batchNormInfer(x, affine, statistics, epsilon) {
    const { y } = await readBack(() => ({
      y: batchNormInfer(toTensor(x), affineTensors(affine), statisticsTensors(statistics), { epsilon }),
    }));
    return y;
  },

  async linear(u, kernel, bias) {
    const { z } = await readBack(() => ({
      z: overRows(toTensor(u), (rows) => linearLayer(rows, toTensor(kernel), toTensor(bias))),
    }));
    return z;
  },

  fold: (kernel, bias, affine, statistics, epsilon) =>
    readBack(() =>
      foldBatchNorm(
        { kernel: toTensor(kernel), bias: toTensor(bias) as Tensor1D },
        affineTensors(affine),
        statisticsTensors(statistics),
        { epsilon },
      ),
    ),

  async activatedLayer(x, affine, nonlinearity, kernel, epsilon) {
    const { z } = await readBack(() => {
      const y = activated(toTensor(x), affineTensors(affine), nonlinearity, epsilon);
      const w = toTensor(kernel) as Tensor2D;
      return { z: overRows(y, (rows) => matMul(rows, w)) };
    });
    return z;
  },
};

function normalized(x: Tensor, affine: { scale: Tensor1D; offset: Tensor1D }, epsilon: number): Tensor {
  return batchNormTrain(x, affine, fresh(x), { epsilon }).y;
}

function activated(
  x: Tensor,
  affine: { scale: Tensor1D; offset: Tensor1D },
  nonlinearity: Nonlinearity,
  epsilon: number,
): Tensor {
  if (nonlinearity === 'relu') return batchNormReluTrain(x, affine, fresh(x), { epsilon }).y;
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

function fresh(x: Tensor): { mean: Tensor1D; variance: Tensor1D } {
  const channels = x.shape[x.rank - 1]!;
  return { mean: zeros([channels]), variance: ones([channels]) };
}

function leadingAxes(x: Tensor): number[] {
  return Array.from({ length: x.rank - 1 }, (_, axis) => axis);
}

function affineTensors({ scale, offset }: Affine): { scale: Tensor1D; offset: Tensor1D } {
  return { scale: toTensor(scale) as Tensor1D, offset: toTensor(offset) as Tensor1D };
}

function statisticsTensors({ mean, variance }: Statistics): { mean: Tensor1D; variance: Tensor1D } {
  return { mean: toTensor(mean) as Tensor1D, variance: toTensor(variance) as Tensor1D };
}
