import { batchNormTrain, type RunningStats } from '@normlab/ops';
import {
  complaintOf,
  expectRounded,
  expectWithin,
  normalArray,
  onBackends,
  readAll,
  toTensor,
  twins,
  usualSettings,
} from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  complaintsAboutChannels,
  complaintsAboutEpsilon,
  complaintsAboutInput,
} from './harness/complaints.js';
import { describeOperations } from './harness/describeOperations.js';
import { operations } from './harness/operations.js';
import { callOptions } from './harness/options.js';
import { runningBounds } from './harness/runningBounds.js';
import { withStats } from './harness/samples.js';
import { affineInputs, shapes } from './harness/standardizing.js';

onBackends('batchNormTrain', usualSettings, (setting) => {
  describe('batchNormTrain', () => {
    describeOperations(
      setting,
      affineInputs().map(({ title, inputs }) => ({
        title,
        operation: operations.batchNormTrain(inputs, callOptions(4)),
      })),
    );

    it('1, 3 with γ = 5, β = 2 is −3, 7; statistics 0, 1 become 1/2, 1 at decay 3/4', async () => {
      const { y, mean, variance } = await readAll(() => {
        const stats = { mean: tf.tensor1d([0]), variance: tf.tensor1d([1]) };
        const params = { scale: tf.tensor1d([5]), offset: tf.tensor1d([2]) };
        const options = { epsilon: 0, decay: 0.75 };
        const { y, stats: next } = batchNormTrain(tf.tensor2d([[1], [3]]), params, stats, options);
        return { y, ...next };
      });
      expectRounded(y.values, [-3, 7]);
      expectRounded([...mean.values, ...variance.values], [0.5, 1]);
    });

    it.each(shapes)('stats′ = decay · stats + (1 − decay) · batch, for [%i, %i, …]', async (...shape) => {
      const x = normalArray(shape, 1, { mean: 0.5, deviation: 2 });
      const { stats, epsilon, decay } = callOptions(4);
      const expected = twins.batchNormTrain(x, {}, stats, { epsilon, decay }).stats;
      const moved = await readAll(() =>
        withStats(stats, (old) => batchNormTrain(toTensor(x), {}, old, { epsilon, decay }).stats),
      );
      const bounds = runningBounds(x, stats, decay);
      expectWithin(moved.mean.values, expected.mean, bounds.mean);
      expectWithin(moved.variance.values, expected.variance, bounds.variance);
    });

    it('∂stats′ = 0: its statistics carry no gradient, neither to x nor to the old statistics', async () => {
      const gradients = await readAll(() => {
        const x = tf.randomNormal([5, 3], 0, 1, 'float32', 1);
        const dy = tf.randomNormal([5, 3], 0, 1, 'float32', 2);
        const scale = tf.ones<tf.Rank.R1>([3]);
        const old = { mean: tf.zeros<tf.Rank.R1>([3]), variance: tf.ones<tf.Rank.R1>([3]) };
        const loss = (x: tf.Tensor, mean: tf.Tensor, weight: number) => {
          const { y, stats } = batchNormTrain(x, { scale }, { ...old, mean: mean as tf.Tensor1D });
          const statistics = tf.add(tf.sum(stats.mean), tf.sum(stats.variance));
          return tf.add(tf.sum(tf.mul(y, dy)), tf.mul(statistics, weight));
        };
        const gradient = (weight: number) => tf.grad((x: tf.Tensor) => loss(x, old.mean, weight))(x);
        expect(() => tf.grad((mean: tf.Tensor) => loss(x, mean, 1))(old.mean)).toThrow(
          'Cannot compute gradient',
        );
        return { withStatistics: gradient(1), alone: gradient(0) };
      });
      expect(gradients.withStatistics).toEqual(gradients.alone);
    });

    it('creates y and two statistics, and no other tensor', () => {
      const x = tf.ones([2, 3, 4]);
      const stats = { mean: tf.zeros<tf.Rank.R1>([4]), variance: tf.ones<tf.Rank.R1>([4]) };
      const scale = tf.ones<tf.Rank.R1>([4]);
      const before = tf.memory().numTensors;
      const made = batchNormTrain(x, { scale }, stats);
      expect(tf.memory().numTensors).toBe(before + 3);
      tf.dispose(made);
      const gradient = tf.grad((x: tf.Tensor) => batchNormTrain(x, { scale }, stats).y)(x);
      expect(tf.memory().numTensors).toBe(before + 1);
      tf.dispose([gradient, x, scale, stats]);
    });

    describe('refuses, and says why,', () => {
      let x: tf.Tensor;
      let stats: RunningStats;
      beforeAll(() => {
        x = tf.ones([2, 3, 4]);
        stats = { mean: tf.zeros<tf.Rank.R1>([4]), variance: tf.ones<tf.Rank.R1>([4]) };
      });
      afterAll(() => tf.dispose([x, stats]));

      it('an x that is not a batch', () => {
        expect(complaintsAboutInput((x) => batchNormTrain(x, {}, stats))).toMatchInlineSnapshot(`
          [
            "ShapeError: batchNormTrain: x must have rank ≥ 2, channels last, got [4].",
            "ShapeError: batchNormTrain: x must hold at least one element, got [0,3,4].",
            "ShapeError: batchNormTrain: x must have dtype float32, got "int32" (cast it first).",
            "ShapeError: batchNormTrain: x must not be disposed.",
            "ShapeError: batchNormTrain: x must be a tensor, got [[1,2]].",
          ]
        `);
      });

      it('parameters and statistics that are not [C]', () => {
        expect([
          ...complaintsAboutChannels((scale) => batchNormTrain(x, { scale }, stats)),
          ...complaintsAboutChannels((offset) => batchNormTrain(x, { offset }, stats)),
          ...complaintsAboutChannels((mean) => batchNormTrain(x, {}, { ...stats, mean })),
          ...complaintsAboutChannels((variance) => batchNormTrain(x, {}, { ...stats, variance })),
        ]).toMatchInlineSnapshot(`
          [
            "ShapeError: batchNormTrain: scale must have shape [C] with C = 4 (the last axis of x), got [5].",
            "ShapeError: batchNormTrain: scale must have shape [C] with C = 4 (the last axis of x), got [1,4].",
            "ShapeError: batchNormTrain: scale must have dtype float32, got "int32" (cast it first).",
            "ShapeError: batchNormTrain: offset must have shape [C] with C = 4 (the last axis of x), got [5].",
            "ShapeError: batchNormTrain: offset must have shape [C] with C = 4 (the last axis of x), got [1,4].",
            "ShapeError: batchNormTrain: offset must have dtype float32, got "int32" (cast it first).",
            "ShapeError: batchNormTrain: stats.mean must have shape [C] with C = 4 (the last axis of x), got [5].",
            "ShapeError: batchNormTrain: stats.mean must have shape [C] with C = 4 (the last axis of x), got [1,4].",
            "ShapeError: batchNormTrain: stats.mean must have dtype float32, got "int32" (cast it first).",
            "ShapeError: batchNormTrain: stats.variance must have shape [C] with C = 4 (the last axis of x), got [5].",
            "ShapeError: batchNormTrain: stats.variance must have shape [C] with C = 4 (the last axis of x), got [1,4].",
            "ShapeError: batchNormTrain: stats.variance must have dtype float32, got "int32" (cast it first).",
          ]
        `);
      });

      it('an ε or a decay out of range', () => {
        expect([
          ...complaintsAboutEpsilon((epsilon) => batchNormTrain(x, {}, stats, { epsilon })),
          ...[-0.1, 1.1, Number.NaN].map((decay) =>
            complaintOf(() => batchNormTrain(x, {}, stats, { decay })),
          ),
        ]).toMatchInlineSnapshot(`
          [
            "OptionError: batchNormTrain: epsilon must be a finite number ≥ 0, got -0.00001.",
            "OptionError: batchNormTrain: epsilon must be a finite number ≥ 0, got NaN.",
            "OptionError: batchNormTrain: epsilon must be a finite number ≥ 0, got Infinity.",
            "OptionError: batchNormTrain: decay must be in [0, 1], got -0.1 (the weight of the old running statistic: 1 − PyTorch’s momentum).",
            "OptionError: batchNormTrain: decay must be in [0, 1], got 1.1 (the weight of the old running statistic: 1 − PyTorch’s momentum).",
            "OptionError: batchNormTrain: decay must be in [0, 1], got NaN (the weight of the old running statistic: 1 − PyTorch’s momentum).",
          ]
        `);
      });
    });
  });
});
