import { openBackend } from '@normlab/backends';
import { batchNormInfer, batchNormTrain, standardize } from '@normlab/ops';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe.each(['cpu', 'wasm'] as const)('on %s', (name) => {
  let close = async () => {};
  beforeAll(async () => {
    const backend = await openBackend(name);
    close = backend.close;
  });
  afterAll(() => close());

  it('standardizes, with its closed-form gradient', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const x = tf.randomNormal([8, 3, 3, 4], 3, 2, 'float32', 1);
      const w = tf.randomNormal([8, 3, 3, 4], 0, 1, 'float32', 2);
      const closed = tf.grad((x) => tf.sum(tf.mul(standardize(x, [0, 1, 2]).y, w)))(x);
      const plain = tf.grad((x) => {
        const { mean, variance } = tf.moments(x, [0, 1, 2]);
        return tf.sum(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), w));
      })(x);
      expect(tf.max(tf.abs(tf.sub(closed, plain))).dataSync()[0]).toBeLessThan(1e-5);
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('trains and infers', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([[1], [3]]);
      const stats = { mean: tf.tensor1d([0]), variance: tf.tensor1d([1]) };
      const { y, stats: next } = batchNormTrain(x, { scale: tf.tensor1d([5]) }, stats, {
        epsilon: 0,
        decay: 0.5,
      });
      expect([...y.dataSync(), ...next.mean.dataSync(), ...next.variance.dataSync()]).toEqual([-5, 5, 1, 1]);
      const infer = batchNormInfer(x, { offset: tf.tensor1d([10]) }, next, { epsilon: 0 });
      expect([...infer.dataSync()]).toEqual([10, 12]);
    });
  });
});
