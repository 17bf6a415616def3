import { constantBatchNormTrain, type RunningStats } from '@normlab/ops';
import {
  complaintOf,
  expectRounded,
  normalArray,
  onBackends,
  readAll,
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
import { shapes } from './harness/standardizing.js';

onBackends('constantBatchNormTrain', usualSettings, (setting) => {
  describe('constantBatchNormTrain', () => {
    describeOperations(
      setting,
      shapes.map((shape) => ({
        title: `rank ${shape.length}`,
        operation: operations.constantBatchNormTrain(
          { x: normalArray(shape, 1, { mean: 0.5, deviation: 2 }) },
          callOptions(4),
        ),
      })),
    );

    it('1, 3 is −1, 1; statistics 0, 1 become 1/2, 1 at decay 3/4; three tensors', async () => {
      const x = tf.tensor2d([[1], [3]]);
      const stats = { mean: tf.tensor1d([0]), variance: tf.tensor1d([1]) };
      const before = tf.memory().numTensors;
      const made = constantBatchNormTrain(x, stats, { epsilon: 0, decay: 0.75 });
      expect(tf.memory().numTensors).toBe(before + 3);
      tf.dispose([x, stats]);
      const { y, mean, variance } = await readAll(() => ({ y: made.y, ...made.stats }));
      expectRounded(y.values, [-1, 1]);
      expectRounded([...mean.values, ...variance.values], [0.5, 1]);
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
        expect(complaintsAboutInput((x) => constantBatchNormTrain(x, stats))).toMatchInlineSnapshot(`
          [
            "ShapeError: constantBatchNormTrain: x must have rank ≥ 2, channels last, got [4].",
            "ShapeError: constantBatchNormTrain: x must hold at least one element, got [0,3,4].",
            "ShapeError: constantBatchNormTrain: x must have dtype float32, got "int32" (cast it first).",
            "ShapeError: constantBatchNormTrain: x must not be disposed.",
            "ShapeError: constantBatchNormTrain: x must be a tensor, got [[1,2]].",
          ]
        `);
      });

      it('statistics that are not [C]', () => {
        expect([
          ...complaintsAboutChannels((mean) => constantBatchNormTrain(x, { ...stats, mean })),
          ...complaintsAboutChannels((variance) => constantBatchNormTrain(x, { ...stats, variance })),
        ]).toMatchInlineSnapshot(`
          [
            "ShapeError: constantBatchNormTrain: stats.mean must have shape [C] with C = 4 (the last axis of x), got [5].",
            "ShapeError: constantBatchNormTrain: stats.mean must have shape [C] with C = 4 (the last axis of x), got [1,4].",
            "ShapeError: constantBatchNormTrain: stats.mean must have dtype float32, got "int32" (cast it first).",
            "ShapeError: constantBatchNormTrain: stats.variance must have shape [C] with C = 4 (the last axis of x), got [5].",
            "ShapeError: constantBatchNormTrain: stats.variance must have shape [C] with C = 4 (the last axis of x), got [1,4].",
            "ShapeError: constantBatchNormTrain: stats.variance must have dtype float32, got "int32" (cast it first).",
          ]
        `);
      });

      it('an ε or a decay out of range', () => {
        expect([
          ...complaintsAboutEpsilon((epsilon) => constantBatchNormTrain(x, stats, { epsilon })),
          complaintOf(() => constantBatchNormTrain(x, stats, { decay: 2 })),
        ]).toMatchInlineSnapshot(`
          [
            "OptionError: constantBatchNormTrain: epsilon must be a finite number ≥ 0, got -0.00001.",
            "OptionError: constantBatchNormTrain: epsilon must be a finite number ≥ 0, got NaN.",
            "OptionError: constantBatchNormTrain: epsilon must be a finite number ≥ 0, got Infinity.",
            "OptionError: constantBatchNormTrain: decay must be in [0, 1], got 2 (the weight of the old running statistic: 1 − PyTorch’s momentum).",
          ]
        `);
      });
    });
  });
});
