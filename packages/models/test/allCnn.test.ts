import { openBackend } from '@normlab/backends';
import { allCnn, buildModel, countParams, placements } from '@normlab/models';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';

const backend = await openBackend('wasm');
afterAll(() => backend.close());

describe.each(placements)('allCnn %s', (norm) => {
  it('trains a step', () => {
    const spec = allCnn({ norm, width: 0.1 });
    const model = buildModel(spec);
    const before = tf.memory().numTensors;
    const { params, stats } = model.init(1);
    const size = Object.values(params).reduce((sum, { size }) => sum + size, 0);
    expect(size).toBe(countParams(spec).trainable);
    const x = tf.randomNormal<tf.Rank.R4>([4, 24, 24, 3], 0, 1, 'float32', 3);
    const labels = tf.cast(tf.oneHot([0, 1, 2, 3], 10), "float32");
    const { value, grads } = tf.valueAndGrads((...each: tf.Tensor[]) => {
      const named = Object.fromEntries(Object.keys(params).map((path, i) => [path, each[i]!]));
      const { logits } = model.applyTrain(named, stats, x, { seed: 1 });
      return tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), -1)));
    })(Object.values(params));
    expect(value.dataSync()[0]).toBeLessThan(6);
    expect(grads.every((each) => each.dataSync().every(Number.isFinite))).toBe(true);
      norm,
      value.dataSync(),
      Object.keys(params)[0],
      grads.every((g) => g.dataSync().every(Number.isFinite)),
    );
    tf.dispose([params, stats, x, labels, value, grads]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
