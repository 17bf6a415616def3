import { batchNormInfer, type RunningStats } from '@normlab/ops';
import { expectRounded, onBackends, read, usualSettings } from '@normlab/testing';
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
import { affineInputs } from './harness/standardizing.js';

onBackends('batchNormInfer', usualSettings, (setting) => {
  describe('batchNormInfer', () => {
    describeOperations(
      setting,
      affineInputs().map(({ title, inputs }) => ({
        title,
        operation: operations.batchNormInfer(inputs, callOptions(4)),
      })),
    );

    it('3, 5 under mean 1, variance 4, γ = 3, β = 10 is 13, 16', async () => {
      const y = await read(() => {
        const stats = { mean: tf.tensor1d([1]), variance: tf.tensor1d([4]) };
        const params = { scale: tf.tensor1d([3]), offset: tf.tensor1d([10]) };
        return batchNormInfer(tf.tensor2d([[3], [5]]), params, stats, { epsilon: 0 });
      });
      expectRounded(y, [13, 16]);
    });

    it('loses no precision to a large mean', async () => {
      const y = await read(() => {
        const stats = { mean: tf.tensor1d([2 ** 20]), variance: tf.tensor1d([1]) };
        const x = tf.tensor2d([[2 ** 20 + 0.5], [2 ** 20 - 2.25]]);
        return batchNormInfer(x, {}, stats, { epsilon: 0 });
      });
      expectRounded(y, [0.5, -2.25]);
    });

    it.each(['mean', 'variance'] as const)('∂y/∂%s = 0: its statistics are constants', (statistic) => {
      tf.tidy(() => {
        const stats = { mean: tf.zeros<tf.Rank.R1>([3]), variance: tf.ones<tf.Rank.R1>([3]) };
        const loss = (moved: tf.Tensor, x: tf.Tensor) =>
          tf.sum(tf.square(batchNormInfer(x, {}, { ...stats, [statistic]: moved as tf.Tensor1D })));
        const x = tf.ones([2, 3]);
        const slope = (moved: tf.Tensor) => tf.sum(tf.grad((x: tf.Tensor) => loss(moved, x))(x));
        expect(() => tf.grad((moved) => loss(moved, x))(stats[statistic])).toThrow('Cannot compute gradient');
        expect(() => tf.grad(slope)(stats[statistic])).toThrow('Cannot compute gradient');
      });
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
        expect(complaintsAboutInput((x) => batchNormInfer(x, {}, stats))).toMatchInlineSnapshot(`
          [
            "ShapeError: batchNormInfer: x must have rank ≥ 2, channels last, got [4].",
            "ShapeError: batchNormInfer: x must hold at least one element, got [0,3,4].",
            "ShapeError: batchNormInfer: x must have dtype float32, got "int32" (cast it first).",
            "ShapeError: batchNormInfer: x must not be disposed.",
            "ShapeError: batchNormInfer: x must be a tensor, got [[1,2]].",
          ]
        `);
      });

      it('parameters and statistics that are not [C], and an ε out of range', () => {
        expect([
          ...complaintsAboutChannels((scale) => batchNormInfer(x, { scale }, stats)),
          ...complaintsAboutChannels((offset) => batchNormInfer(x, { offset }, stats)),
          ...complaintsAboutChannels((mean) => batchNormInfer(x, {}, { ...stats, mean })),
          ...complaintsAboutChannels((variance) => batchNormInfer(x, {}, { ...stats, variance })),
          ...complaintsAboutEpsilon((epsilon) => batchNormInfer(x, {}, stats, { epsilon })),
        ]).toMatchInlineSnapshot(`
          [
            "ShapeError: batchNormInfer: scale must have shape [C] with C = 4 (the last axis of x), got [5].",
            "ShapeError: batchNormInfer: scale must have shape [C] with C = 4 (the last axis of x), got [1,4].",
            "ShapeError: batchNormInfer: scale must have dtype float32, got "int32" (cast it first).",
            "ShapeError: batchNormInfer: offset must have shape [C] with C = 4 (the last axis of x), got [5].",
            "ShapeError: batchNormInfer: offset must have shape [C] with C = 4 (the last axis of x), got [1,4].",
            "ShapeError: batchNormInfer: offset must have dtype float32, got "int32" (cast it first).",
            "ShapeError: batchNormInfer: stats.mean must have shape [C] with C = 4 (the last axis of x), got [5].",
            "ShapeError: batchNormInfer: stats.mean must have shape [C] with C = 4 (the last axis of x), got [1,4].",
            "ShapeError: batchNormInfer: stats.mean must have dtype float32, got "int32" (cast it first).",
            "ShapeError: batchNormInfer: stats.variance must have shape [C] with C = 4 (the last axis of x), got [5].",
            "ShapeError: batchNormInfer: stats.variance must have shape [C] with C = 4 (the last axis of x), got [1,4].",
            "ShapeError: batchNormInfer: stats.variance must have dtype float32, got "int32" (cast it first).",
            "OptionError: batchNormInfer: epsilon must be a finite number ≥ 0, got -0.00001.",
            "OptionError: batchNormInfer: epsilon must be a finite number ≥ 0, got NaN.",
            "OptionError: batchNormInfer: epsilon must be a finite number ≥ 0, got Infinity.",
          ]
        `);
      });
    });
  });
});
