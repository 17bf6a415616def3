import { layerNorm } from '@normlab/ops';
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

onBackends('layerNorm', usualSettings, (setting) => {
  describe('layerNorm', () => {
    describeOperations(
      setting,
      affineInputs().map(({ title, inputs }) => ({
        title,
        operation: operations.layerNorm(inputs, callOptions(4)),
      })),
    );

    describe('over all axes but the first', () => {
      describeOperations(
        setting,
        affineInputs(shapes.slice(0, 1)).map(({ title, inputs }) => ({
          title,
          operation: operations.layerNorm(inputs, callOptions(4, { axes: [-1, 1] })),
        })),
      );
    });

    describe('with parameters of the normalized shape', () => {
      describeOperations(
        setting,
        normalizedInputs().map(({ title, inputs, axes }) => ({
          title,
          operation: operations.layerNorm(inputs, callOptions(4, { axes })),
        })),
      );
    });

    it('1, 3 and 10, 30 with γ = 2, 3 and β = 0, 5 are −2, 8 both', async () => {
      const y = await read(() => {
        const x = tf.tensor2d([
          [1, 3],
          [10, 30],
        ]);
        const params = { scale: tf.tensor1d([2, 3]), offset: tf.tensor1d([0, 5]) };
        return layerNorm(x, params, { epsilon: 0 });
      });
      expectRounded(y, [-2, 8, -2, 8]);
    });

    it('refuses what it cannot normalize, and says why', () => {
      const x = tf.ones([2, 3, 4]);
      const [swapped, perChannel] = [tf.ones([4, 3]), tf.ones([4])];
      expect([
        ...complaintsAboutInput((x) => layerNorm(x, {})),
        ...complaintsAboutChannels((scale) => layerNorm(x, { scale })),
        ...complaintsAboutChannels((offset) => layerNorm(x, { offset })),
        ...complaintsAboutEpsilon((epsilon) => layerNorm(x, {}, { epsilon })),
        complaintOf(() => layerNorm(x, {}, { axes: [3] })),
        complaintOf(() => layerNorm(x, { scale: swapped }, { axes: [1, 2] })),
        complaintOf(() => layerNorm(x, { offset: perChannel }, { axes: [1] })),
      ]).toMatchInlineSnapshot(`
        [
          "ShapeError: layerNorm: x must have rank ≥ 2, channels last, got [4].",
          "ShapeError: layerNorm: x must hold at least one element, got [0,3,4].",
          "ShapeError: layerNorm: x must have dtype float32, got "int32" (cast it first).",
          "ShapeError: layerNorm: x must not be disposed.",
          "ShapeError: layerNorm: x must be a tensor, got [[1,2]].",
          "ShapeError: layerNorm: scale must have shape [C] with C = 4 (the last axis of x), got [5].",
          "ShapeError: layerNorm: scale must have shape [C] with C = 4 (the last axis of x), got [1,4].",
          "ShapeError: layerNorm: scale must have dtype float32, got "int32" (cast it first).",
          "ShapeError: layerNorm: offset must have shape [C] with C = 4 (the last axis of x), got [5].",
          "ShapeError: layerNorm: offset must have shape [C] with C = 4 (the last axis of x), got [1,4].",
          "ShapeError: layerNorm: offset must have dtype float32, got "int32" (cast it first).",
          "OptionError: layerNorm: epsilon must be a finite number ≥ 0, got -0.00001.",
          "OptionError: layerNorm: epsilon must be a finite number ≥ 0, got NaN.",
          "OptionError: layerNorm: epsilon must be a finite number ≥ 0, got Infinity.",
          "OptionError: layerNorm: axes must hold one or more different axes of x, integers in [-3, 3), got [3].",
          "ShapeError: layerNorm: scale must have shape [3, 4] (axes [1, 2] of x) or [C] with C = 4 (the last axis of x), got [4,3].",
          "ShapeError: layerNorm: offset must have shape [3] (axes [1] of x), got [4].",
        ]
      `);
      tf.dispose([x, swapped, perChannel]);
    });
  });
});
