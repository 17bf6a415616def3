import * as ops from '@normlab/ops';
import { normalArray, onBackends, readAll, toTensor, uniformArray } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import * as normlab from '../src/index.js';
import { applied } from './support/vectors.js';

const epsilon = 0.3;
const shape = [3, 4, 5, 6];
/** γ, β, moving mean and moving variance, or kernel and bias. */
type Weights = readonly tf.Tensor[];
type Case = {
  readonly title: string;
  readonly layer: () => layers.Layer;
  readonly weights: readonly number[][];
  readonly operation: (x: tf.Tensor4D, weights: Weights) => tf.Tensor;
  readonly training?: boolean;
};

const affine = ([scale, offset]: Weights) => ({ scale: scale as tf.Tensor1D, offset: offset as tf.Tensor1D });
const statistics = ([mean, variance]: Weights) => ({
  mean: mean as tf.Tensor1D,
  variance: variance as tf.Tensor1D,
});
const cases: Case[] = [
  {
    title: 'batchNormalization in training',
    layer: () => normlab.batchNormalization({ epsilon }),
    weights: [[6], [6], [6], [6]],
    operation: (x, all) => ops.batchNormTrain(x, affine(all), statistics(all.slice(2)), { epsilon }).y,
    training: true,
  },
  {
    title: 'batchNormalization in inference',
    layer: () => normlab.batchNormalization({ epsilon, scale: false }),
    weights: [[6], [6], [6]],
    operation: (x, [offset, ...stats]) =>
      ops.batchNormInfer(x, { offset: offset as tf.Tensor1D }, statistics(stats), { epsilon }),
  },
  {
    title: 'constantBatchNormalization',
    layer: () => normlab.constantBatchNormalization({ epsilon }),
    weights: [[6], [6]],
    operation: (x, stats) => ops.constantBatchNormInfer(x, statistics(stats), { epsilon }),
  },
  {
    title: 'groupNormalization',
    layer: () => normlab.groupNormalization({ groups: 3, epsilon }),
    weights: [[6], [6]],
    operation: (x, all) => ops.groupNorm(x, affine(all), { groups: 3, epsilon }),
  },
  {
    title: 'instanceNormalization',
    layer: () => normlab.instanceNormalization({ epsilon }),
    weights: [[6], [6]],
    operation: (x, all) => ops.instanceNorm(x, affine(all), { epsilon }),
  },
  {
    title: 'layerNormalization, its axes in another order',
    layer: () => normlab.layerNormalization({ axis: [-1, 1], epsilon }),
    weights: [
      [4, 6],
      [4, 6],
    ],
    operation: (x, all) => ops.layerNorm(x, affine(all), { axes: [1, 3], epsilon }),
  },
  {
    title: 'rmsNormalization',
    layer: () => normlab.rmsNormalization({ epsilon }),
    weights: [[6]],
    operation: (x, [scale]) => ops.rmsNorm(x, { scale: scale as tf.Tensor1D }, { epsilon }),
  },
  {
    title: 'weightStandardizedConv2d',
    layer: () =>
      normlab.weightStandardizedConv2d({
        filters: 2,
        kernelSize: 3,
        strides: 2,
        padding: 'same',
        activation: 'relu',
        epsilon,
      }),
    weights: [[3, 3, 6, 2], [2]],
    operation: (x, [kernel, bias]) => {
      const filter = ops.weightStandardize(kernel as tf.Tensor4D, { epsilon });
      const [strides, pad, activation] = [2, 'same', 'relu'] as const;
      return tf.fused.conv2d({ x, filter, strides, pad, bias: bias as tf.Tensor1D, activation });
    },
  },
];

onBackends('layers', ['cpu', 'wasm, one thread'], () => {
  it.each(cases)('$title = the operation of @normlab/ops, to the bit; gradients too', async (each) => {
    const { layer: make, weights: shapes, operation, training = false } = each;
    const x = toTensor(normalArray(shape, 1, { mean: 1 })) as tf.Tensor4D;
    const dy = toTensor(normalArray(operation(x, valuesOf(shapes)).shape, 2));
    const layer = make();
    tf.dispose(applied(layer, x));
    layer.setWeights(valuesOf(shapes));
    const actual = await readAll(() => {
      const { value, grad } = tf.valueAndGrad((at) => applied(layer, at, training))(x, dy);
      return { value, grad };
    });
    const expected = await readAll(() => {
      const { value, grad } = tf.valueAndGrad((at) => operation(at as tf.Tensor4D, valuesOf(shapes)))(x, dy);
      return { value, grad };
    });
    expect(actual).toEqual(expected);
  });
});

/** Positive numbers, as the last of them may be a variance. */
function valuesOf(shapes: readonly number[][]): tf.Tensor[] {
  return shapes.map((each, place) => toTensor(uniformArray(each, 10 + place, 0.5, 2)));
}
