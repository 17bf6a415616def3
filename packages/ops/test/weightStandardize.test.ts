import { weightStandardize } from '@normlab/ops';
import { expectRounded, normalArray, onBackends, read, usualSettings } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { complaintsAboutEpsilon, complaintsAboutInput } from './harness/complaints.js';
import { describeOperations } from './harness/describeOperations.js';
import { operations } from './harness/operations.js';
import { callOptions } from './harness/options.js';
import { shapes } from './harness/standardizing.js';

onBackends('weightStandardize', usualSettings, (setting) => {
  describe('weightStandardize', () => {
    describeOperations(
      setting,
      shapes.map((shape) => ({
        title: `rank ${shape.length}`,
        operation: operations.weightStandardize({ x: normalArray(shape, 1) }, callOptions(4)),
      })),
    );

    it('gives the columns 1, 3 and 10, 30 mean 0 and variance 1', async () => {
      const y = await read(() => {
        const kernel = tf.tensor2d([
          [1, 10],
          [3, 30],
        ]);
        return weightStandardize(kernel, { epsilon: 0 });
      });
      expectRounded(y, [-1, -1, 1, 1]);
    });

    it('refuses what it cannot normalize, and says why', () => {
      const kernel = tf.ones([2, 3, 4]);
      expect([
        ...complaintsAboutInput((kernel) => weightStandardize(kernel)),
        ...complaintsAboutEpsilon((epsilon) => weightStandardize(kernel, { epsilon })),
      ]).toMatchInlineSnapshot(`
        [
          "ShapeError: weightStandardize: kernel must have rank ≥ 2, channels last, got [4].",
          "ShapeError: weightStandardize: kernel must hold at least one element, got [0,3,4].",
          "ShapeError: weightStandardize: kernel must have dtype float32, got "int32" (cast it first).",
          "ShapeError: weightStandardize: kernel must not be disposed.",
          "ShapeError: weightStandardize: kernel must be a tensor, got [[1,2]].",
          "OptionError: weightStandardize: epsilon must be a finite number ≥ 0, got -0.00001.",
          "OptionError: weightStandardize: epsilon must be a finite number ≥ 0, got NaN.",
          "OptionError: weightStandardize: epsilon must be a finite number ≥ 0, got Infinity.",
        ]
      `);
      kernel.dispose();
    });
  });
});
