import { instanceNorm } from '@normlab/ops';
import { complaintOf, expectRounded, onBackends, read, usualSettings } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  complaintsAboutChannels,
  complaintsAboutEpsilon,
  complaintsAboutInput,
} from './harness/complaints.js';
import { describeOperations } from './harness/describeOperations.js';
import { operations } from './harness/operations.js';
import { callOptions } from './harness/options.js';
import { affineInputs, shapes } from './harness/standardizing.js';

onBackends('instanceNorm', usualSettings, (setting) => {
  describe('instanceNorm', () => {
    describeOperations(
      setting,
      affineInputs(shapes.filter(({ length }) => length > 2)).map(({ title, inputs }) => ({
        title,
        operation: operations.instanceNorm(inputs, callOptions(4)),
      })),
    );

    it('standardizes each channel of each sample: 1, 3 and 5, 5 are −1, 1 and 0, 0', async () => {
      const y = await read(() => {
        const x = tf.tensor3d([
          [[1], [3]],
          [[5], [5]],
        ]);
        return instanceNorm(x, { scale: tf.tensor1d([4]), offset: tf.tensor1d([1]) }, { epsilon: 3 });
      });
      expectRounded(y, [-1, 3, 1, 1]);
    });

    it('refuses what it cannot normalize, and says why', () => {
      const x = tf.ones([2, 3, 4]);
      const flat = tf.ones([3, 4]);
      expect([
        ...complaintsAboutInput((x) => instanceNorm(x, {})),
        complaintOf(() => instanceNorm(flat, {})),
        ...complaintsAboutChannels((scale) => instanceNorm(x, { scale })),
        ...complaintsAboutChannels((offset) => instanceNorm(x, { offset })),
        ...complaintsAboutEpsilon((epsilon) => instanceNorm(x, {}, { epsilon })),
      ]).toMatchInlineSnapshot(`
        [
          "ShapeError: instanceNorm: x must have rank ≥ 3, channels last, got [4].",
          "ShapeError: instanceNorm: x must hold at least one element, got [0,3,4].",
          "ShapeError: instanceNorm: x must have dtype float32, got "int32" (cast it first).",
          "ShapeError: instanceNorm: x must not be disposed.",
          "ShapeError: instanceNorm: x must be a tensor, got [[1,2]].",
          "ShapeError: instanceNorm: x must have rank ≥ 3, channels last, got [3,4].",
          "ShapeError: instanceNorm: scale must have shape [C] with C = 4 (the last axis of x), got [5].",
          "ShapeError: instanceNorm: scale must have shape [C] with C = 4 (the last axis of x), got [1,4].",
          "ShapeError: instanceNorm: scale must have dtype float32, got "int32" (cast it first).",
          "ShapeError: instanceNorm: offset must have shape [C] with C = 4 (the last axis of x), got [5].",
          "ShapeError: instanceNorm: offset must have shape [C] with C = 4 (the last axis of x), got [1,4].",
          "ShapeError: instanceNorm: offset must have dtype float32, got "int32" (cast it first).",
          "OptionError: instanceNorm: epsilon must be a finite number ≥ 0, got -0.00001.",
          "OptionError: instanceNorm: epsilon must be a finite number ≥ 0, got NaN.",
          "OptionError: instanceNorm: epsilon must be a finite number ≥ 0, got Infinity.",
        ]
      `);
      tf.dispose([x, flat]);
    });
  });
});
