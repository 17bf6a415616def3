import { rmsNorm } from '@normlab/ops';
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
import { affineInputs, normalizedInputs, shapes } from './harness/standardizing.js';

onBackends('rmsNorm', usualSettings, (setting) => {
  describe('rmsNorm', () => {
    describeOperations(
      setting,
      affineInputs().map(({ title, inputs }) => ({
        title,
        operation: operations.rmsNorm(inputs, callOptions(4)),
      })),
    );

    describe('over all axes but the first', () => {
      describeOperations(
        setting,
        affineInputs(shapes.slice(0, 1)).map(({ title, inputs }) => ({
          title,
          operation: operations.rmsNorm(inputs, callOptions(4, { axes: [1, 2, 3] })),
        })),
      );
    });

    describe.each([[[0, 2, 4]], [[1, 3]]])('over every second of five axes, %j', (axes) => {
      describeOperations(
        setting,
        affineInputs(shapes.slice(-1)).map(({ title, inputs }) => ({
          title,
          operation: operations.rmsNorm(inputs, callOptions(4, { axes })),
        })),
      );
    });

    describe('with parameters of the normalized shape', () => {
      describeOperations(
        setting,
        normalizedInputs().map(({ title, inputs, axes }) => ({
          title,
          operation: operations.rmsNorm(inputs, callOptions(4, { axes })),
        })),
      );
    });

    it('1, 7 with γ = 10, 5 and β = 0, 1 is 2, 8', async () => {
      const y = await read(() => {
        const params = { scale: tf.tensor1d([10, 5]), offset: tf.tensor1d([0, 1]) };
        return rmsNorm(tf.tensor2d([[1, 7]]), params, { epsilon: 0 });
      });
      expectRounded(y, [2, 8]);
    });

    it('refuses what it cannot normalize, and says why', () => {
      const x = tf.ones([2, 3, 4]);
      const [swapped, perChannel] = [tf.ones([4, 3]), tf.ones([4])];
      expect([
        ...complaintsAboutInput((x) => rmsNorm(x, {})),
        ...complaintsAboutChannels((scale) => rmsNorm(x, { scale })),
        ...complaintsAboutChannels((offset) => rmsNorm(x, { offset })),
        ...complaintsAboutEpsilon((epsilon) => rmsNorm(x, {}, { epsilon })),
        complaintOf(() => rmsNorm(x, {}, { axes: [1, 1] })),
        complaintOf(() => rmsNorm(x, { scale: swapped }, { axes: [1, 2] })),
        complaintOf(() => rmsNorm(x, { offset: perChannel }, { axes: [1] })),
      ]).toMatchInlineSnapshot(`
        [
          "ShapeError: rmsNorm: x must have rank ≥ 2, channels last, got [4].",
          "ShapeError: rmsNorm: x must hold at least one element, got [0,3,4].",
          "ShapeError: rmsNorm: x must have dtype float32, got "int32" (cast it first).",
          "ShapeError: rmsNorm: x must not be disposed.",
          "ShapeError: rmsNorm: x must be a tensor, got [[1,2]].",
          "ShapeError: rmsNorm: scale must have shape [C] with C = 4 (the last axis of x), got [5].",
          "ShapeError: rmsNorm: scale must have shape [C] with C = 4 (the last axis of x), got [1,4].",
          "ShapeError: rmsNorm: scale must have dtype float32, got "int32" (cast it first).",
          "ShapeError: rmsNorm: offset must have shape [C] with C = 4 (the last axis of x), got [5].",
          "ShapeError: rmsNorm: offset must have shape [C] with C = 4 (the last axis of x), got [1,4].",
          "ShapeError: rmsNorm: offset must have dtype float32, got "int32" (cast it first).",
          "OptionError: rmsNorm: epsilon must be a finite number ≥ 0, got -0.00001.",
          "OptionError: rmsNorm: epsilon must be a finite number ≥ 0, got NaN.",
          "OptionError: rmsNorm: epsilon must be a finite number ≥ 0, got Infinity.",
          "OptionError: rmsNorm: axes must hold one or more different axes of x, integers in [-3, 3), got [1,1].",
          "ShapeError: rmsNorm: scale must have shape [3, 4] (axes [1, 2] of x) or [C] with C = 4 (the last axis of x), got [4,3].",
          "ShapeError: rmsNorm: offset must have shape [3] (axes [1] of x), got [4].",
        ]
      `);
      tf.dispose([x, swapped, perChannel]);
    });
  });
});
