import { arrayOf, expectWithin, leaked, normalArray, onBackends, readAll, toTensor } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { operations } from '../../ops/test/harness/operations.js';
import { callOptions } from '../../ops/test/harness/options.js';
import { runningBounds } from '../../ops/test/harness/runningBounds.js';
import * as normlab from '../src/index.js';
import {
  applied,
  casesOf,
  isTraining,
  operationNames,
  type VectorCase,
  vectorLayer,
  weightsOf,
} from './support/vectors.js';

onBackends('layers', ['cpu', 'wasm, one thread'], () => {
  describe.each(operationNames)('the layer of %s ≈ PyTorch in float64', (name) => {
    const training = isTraining(name);
    const boundsOf = (vector: VectorCase) => {
      const options = callOptions(1, { ...vector.options, ...(vector.stats && { stats: vector.stats }) });
      return operations[name](vector.inputs, options).bounds(vector.dy);
    };

    it.each(casesOf(name))('output and gradients: $title', async (vector) => {
      const { layer, x } = built(name, vector);
      const bounds = boundsOf(vector);
      const { y } = await readAll(() => ({ y: applied(layer, x, training) }));
      expectWithin(y.values, vector.output, bounds.output);
      // The variables of the weights by name, and x.
      const weights = layer.getWeights(true);
      const gradients = await readAll(() => {
        layer.setWeights(weightsOf(vector).map(toTensor));
        const loss = () => tf.sum<tf.Scalar>(tf.mul(applied(layer, x, training), toTensor(vector.dy)));
        const { grads } = tf.variableGrads(loss, [x, ...(weights as tf.Variable[])]);
        return Object.fromEntries(
          [x, ...weights].map((each) => [
            parameterOf((each as tf.Variable).name),
            grads[(each as tf.Variable).name]!,
          ]),
        );
      });
      expect(Object.keys(gradients).sort()).toEqual(Object.keys(vector.gradients).sort());
      for (const [input, expected] of Object.entries(vector.gradients)) {
        expectWithin(gradients[input]!.values, expected, bounds.gradients[input]!);
      }
      tf.dispose([x, ...layer.weights.map((weight) => weight.read())]);
    });
  });

  it.each(casesOf('batchNormTrain'))(
    'moving statistics ≈ PyTorch’s, except for m / (m − 1): $title',
    async (vector) => {
      const { layer, x } = built('batchNormTrain', vector);
      const { decay = 0.5 } = vector.options;
      const stats = vector.stats!;
      tf.dispose(applied(layer, x, true));
      const moved = await readAll(() => {
        const [mean, variance] = layer.getWeights().slice(-2) as [tf.Tensor, tf.Tensor];
        return { mean: mean.clone(), variance: variance.clone() };
      });
      // PyTorch adds (1 − decay) · unbiased, tf.layers (1 − decay) · biased = unbiased · (m − 1) / m.
      const m = vector.inputs.x.values.length / vector.inputs.x.shape.at(-1)!;
      const expected = arrayOf(stats.variance.shape, (_, channel) => {
        const kept = decay * stats.variance.values[channel]!;
        return kept + ((vector.moved!.variance.values[channel]! - kept) * (m - 1)) / m;
      });
      const bounds = runningBounds(vector.inputs.x, stats, decay);
      expectWithin(moved.mean.values, vector.moved!.mean, bounds.mean);
      expectWithin(moved.variance.values, expected, bounds.variance);
      // Inference leaves them alone, and nothing leaks.
      expect(leaked(() => applied(layer, x))).toBe(0);
      const still = await readAll(() => ({ mean: layer.getWeights().at(-2)!.clone() }));
      expect(still.mean.values).toEqual(moved.mean.values);
    },
  );

  it.each([
    ['batchNormalization', normlab.batchNormalization],
    ['constantBatchNormalization', normlab.constantBatchNormalization],
    [
      'groupNormalization',
      (options: { axis?: number }) => normlab.groupNormalization({ groups: 2, ...options }),
    ],
    ['instanceNormalization', normlab.instanceNormalization],
  ])('%s: channels along axis 1 or −2 give what they give along the last axis, turned', async (_, make) => {
    const x = toTensor(normalArray([2, 3, 5, 4], 1));
    const [last, first, third] = [make({}), make({ axis: 1 }), make({ axis: -2 })];
    const results = await readAll(() => ({
      last: applied(last, x, true),
      first: tf.transpose(applied(first, tf.transpose(x, [0, 3, 1, 2]), true), [0, 2, 3, 1]),
      third: tf.transpose(applied(third, tf.transpose(x, [0, 1, 3, 2]), true), [0, 1, 3, 2]),
    }));
    expect(results.first).toEqual(results.last);
    expect(results.third).toEqual(results.last);
  });

  it.each(
    (casesOf('weightStandardize' as never) as VectorCase[]).filter(
      ({ inputs }) => inputs.x.shape.length === 4,
    ),
  )('the kernel of weightStandardizedConv2d ≈ PyTorch’s: $title', async (vector) => {
    const [height, width, channels, filters] = vector.inputs.x.shape as [number, number, number, number];
    const places = height * width * channels;
    // Image n is 1 at place n and 0 elsewhere: the convolution's results are the kernel.
    const images = tf.reshape(tf.eye(places), [places, height, width, channels]);
    const layer = normlab.weightStandardizedConv2d({
      filters,
      kernelSize: [height, width],
      useBias: false,
      epsilon: vector.options.epsilon,
    });
    tf.dispose(applied(layer, images));
    layer.setWeights([toTensor(vector.inputs.x)]);
    const bounds = operations
      .weightStandardize(vector.inputs, callOptions(1, vector.options))
      .bounds(vector.dy);
    const [kernel] = layer.getWeights(true) as [tf.Variable];
    const results = await readAll(() => {
      const dy = tf.reshape(toTensor(vector.dy), [places, 1, 1, filters]);
      const { grads } = tf.variableGrads(
        () => tf.sum<tf.Scalar>(tf.mul(applied(layer, images), dy)),
        [kernel],
      );
      return { y: applied(layer, images), gradient: grads[kernel.name]! };
    });
    expectWithin(results.y.values, vector.output, bounds.output);
    expectWithin(results.gradient.values, vector.gradients.x!, bounds.gradients.x!);
  });
});

/** A layer with a case's weights, and its x as a variable. */
function built(name: (typeof operationNames)[number], vector: VectorCase) {
  const layer = vectorLayer(name, vector);
  const x = tf.variable(toTensor(vector.inputs.x));
  tf.dispose(applied(layer, x));
  layer.setWeights(weightsOf(vector).map(toTensor));
  return { layer, x };
}

/** gamma and beta are the scale and the offset of the operations. */
function parameterOf(variable: string): string {
  if (/gamma/.test(variable)) return 'scale';
  return /beta/.test(variable) ? 'offset' : 'x';
}
