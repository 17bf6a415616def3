import * as ops from '@normlab/ops';
import { everySetting, gamma, onBackends, read } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

const epsilon = 0.5;

/** Each operation on t and −t, normalized together: the result is t/√(t² + ε) and its negative. */
const operations: Readonly<Record<string, { shape: number[]; run: (pair: tf.Tensor) => tf.Tensor }>> = {
  standardize: { shape: [2, 1], run: (x) => ops.standardize(x, [0], { epsilon }).y },
  batchNormTrain: { shape: [2, 1], run: (x) => ops.batchNormTrain(x, {}, statistics(), { epsilon }).y },
  'batchNormTrain with gain': {
    shape: [2, 1],
    run: (x) => ops.batchNormTrain(x, { scale: tf.tensor1d([1]) }, statistics(), { epsilon }).y,
  },
  batchNormReluTrain: {
    shape: [2, 1],
    run: (x) => ops.batchNormReluTrain(x, {}, statistics(), { epsilon }).y,
  },
  constantBatchNormTrain: {
    shape: [2, 1],
    run: (x) => ops.constantBatchNormTrain(x, statistics(), { epsilon }).y,
  },
  layerNorm: { shape: [1, 2], run: (x) => ops.layerNorm(x, {}, { epsilon }) },
  instanceNorm: { shape: [1, 2, 1], run: (x) => ops.instanceNorm(x, {}, { epsilon }) },
  groupNorm: { shape: [1, 2], run: (x) => ops.groupNorm(x, {}, { groups: 1, epsilon }) },
  rmsNorm: { shape: [1, 2], run: (x) => ops.rmsNorm(x, {}, { epsilon }) },
  weightStandardize: { shape: [2, 1], run: (x) => ops.weightStandardize(x, { epsilon }) },
  // ‖(t, √ε)‖ = √(t² + ε): the second entry is not −t/√(t² + ε), but the test uses only the first.
  weightNorm: {
    shape: [2, 1],
    run: (x) => {
      const kept = tf.tensor2d([[1], [0]]);
      const fixed = tf.tensor2d([[0], [Math.sqrt(epsilon)]]);
      return ops.weightNorm(tf.add(tf.mul(x, kept), fixed), tf.tensor1d([1]));
    },
  },
};

onBackends('nestedGradients', everySetting, () => {
  describe.each(Object.entries(operations))('%s', (_, { shape, run }) => {
    const t = 0.75;
    const root = Math.sqrt(t * t + epsilon);
    const first = (x: tf.Tensor): tf.Tensor => {
      const pair = tf.reshape(tf.mul(x, tf.tensor1d([1, -1])), shape);
      return tf.sum(tf.mul(tf.reshape(run(pair), [2]), tf.tensor1d([1, 0])));
    };
    const derivative = (f: (x: tf.Tensor) => tf.Tensor, order: number): ((x: tf.Tensor) => tf.Tensor) =>
      order === 0 ? f : tf.grad(derivative(f, order - 1));

    it.each([
      [1, epsilon / root ** 3],
      [2, (-3 * t * epsilon) / root ** 5],
      [3, (epsilon * (12 * t * t - 3 * epsilon)) / root ** 7],
    ])('its derivative of order %d equals that of t/√(t² + ε)', async (order, expected) => {
      const [value] = await read(() => derivative(first, order)(tf.scalar(t)));
      // Each order applies about thirty operations to the previous order, with terms that are below 16 in total.
      expect(Math.abs(value! - expected)).toBeLessThanOrEqual(16 * gamma(30 * 3 ** order));
    });
  });

  it('∂²Σγ·x̂²/∂x∂γ = 2·x̂/σ, for a gain over statistics that are given', async () => {
    // μ = 1 and σ² = 3.75 + ε = 4.
    const stats = { mean: tf.tensor1d([1]), variance: tf.tensor1d([3.75]) };
    const squares = (x: tf.Tensor) => (scale: tf.Tensor) => {
      const y = ops.batchNormInfer(x, { scale: scale as tf.Tensor1D }, stats, { epsilon: 0.25 });
      return tf.sum(tf.mul(y, ops.batchNormInfer(x, {}, stats, { epsilon: 0.25 })));
    };
    const slope = (x: tf.Tensor) => tf.sum(tf.grad(squares(x))(tf.tensor1d([3])));
    // x̂ = 1, −1 and 2.
    const [first, second, third] = await read(() => tf.grad(slope)(tf.tensor2d([[3], [-1], [5]])));
    const bound = gamma(100) * 4;
    for (const [value, expected] of [
      [first, 1],
      [second, -1],
      [third, 2],
    ]) {
      expect(Math.abs(value! - expected!)).toBeLessThanOrEqual(bound);
    }
  });

  it('a gradient computed earlier cannot be differentiated: tfjs throws instead of returning 0', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([[1], [3], [4]]);
      const f = (at: tf.Tensor) => tf.sum(tf.square(ops.standardize(at, [0]).y));
      const gradient = tf.grad(f)(x);
      expect(() => tf.grad(() => tf.sum(gradient))(x)).toThrow('Cannot compute gradient');
    });
  });
});

function statistics(): ops.RunningStats {
  return { mean: tf.tensor1d([0]), variance: tf.tensor1d([1]) };
}
