import { constantBatchNormInfer, type RunningStats } from '@normlab/ops';
import { expectRounded, normalArray, onBackends, read, usualSettings } from '@normlab/testing';
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

onBackends('constantBatchNormInfer', usualSettings, (setting) => {
  describe('constantBatchNormInfer', () => {
    describeOperations(
      setting,
      shapes.map((shape) => ({
        title: `rank ${shape.length}`,
        operation: operations.constantBatchNormInfer({ x: normalArray(shape, 1) }, callOptions(4)),
      })),
    );

    it('3, 5 under mean 1, variance 4 is 1, 2', async () => {
      const y = await read(() => {
        const stats = { mean: tf.tensor1d([1]), variance: tf.tensor1d([4]) };
        return constantBatchNormInfer(tf.tensor2d([[3], [5]]), stats, { epsilon: 0 });
      });
      expectRounded(y, [1, 2]);
    });

    describe('refuses, and says why,', () => {
      let x: tf.Tensor;
      let stats: RunningStats;
      beforeAll(() => {
        x = tf.ones([2, 3, 4]);
        stats = { mean: tf.zeros<tf.Rank.R1>([4]), variance: tf.ones<tf.Rank.R1>([4]) };
      });
      afterAll(() => tf.dispose([x, stats]));

      it('an x that is not a batch, statistics that are not [C], and an ε out of range', () => {
        expect([
          ...complaintsAboutInput((x) => constantBatchNormInfer(x, stats)),
          ...complaintsAboutChannels((mean) => constantBatchNormInfer(x, { ...stats, mean })),
          ...complaintsAboutChannels((variance) => constantBatchNormInfer(x, { ...stats, variance })),
          ...complaintsAboutEpsilon((epsilon) => constantBatchNormInfer(x, stats, { epsilon })),
        ]).toMatchInlineSnapshot(`
          [
            "ShapeError: constantBatchNormInfer: x must have rank ≥ 2, channels last, got [4].",
            "ShapeError: constantBatchNormInfer: x must hold at least one element, got [0,3,4].",
            "ShapeError: constantBatchNormInfer: x must have dtype float32, got "int32" (cast it first).",
            "ShapeError: constantBatchNormInfer: x must not be disposed.",
            "ShapeError: constantBatchNormInfer: x must be a tensor, got [[1,2]].",
            "ShapeError: constantBatchNormInfer: stats.mean must have shape [C] with C = 4 (the last axis of x), got [5].",
            "ShapeError: constantBatchNormInfer: stats.mean must have shape [C] with C = 4 (the last axis of x), got [1,4].",
            "ShapeError: constantBatchNormInfer: stats.mean must have dtype float32, got "int32" (cast it first).",
            "ShapeError: constantBatchNormInfer: stats.variance must have shape [C] with C = 4 (the last axis of x), got [5].",
            "ShapeError: constantBatchNormInfer: stats.variance must have shape [C] with C = 4 (the last axis of x), got [1,4].",
            "ShapeError: constantBatchNormInfer: stats.variance must have dtype float32, got "int32" (cast it first).",
            "OptionError: constantBatchNormInfer: epsilon must be a finite number ≥ 0, got -0.00001.",
            "OptionError: constantBatchNormInfer: epsilon must be a finite number ≥ 0, got NaN.",
            "OptionError: constantBatchNormInfer: epsilon must be a finite number ≥ 0, got Infinity.",
          ]
        `);
      });
    });
  });
});
