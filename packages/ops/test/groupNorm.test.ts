import { groupNorm, instanceNorm, layerNorm } from '@normlab/ops';
import {
  complaintOf,
  expectRounded,
  expectWithin,
  normalArray,
  onBackends,
  read,
  toTensor,
  usualSettings,
} from '@normlab/testing';
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
import { affineInputs } from './harness/standardizing.js';

onBackends('groupNorm', usualSettings, (setting) => {
  describe('groupNorm', () => {
    describeOperations(
      setting,
      affineInputs().map(({ title, inputs }) => ({
        title,
        operation: operations.groupNorm(inputs, callOptions(4)),
      })),
    );

    it('standardizes neighbouring channels together: 1, 3, 10, 30 in 2 groups is −1, 1, −1, 1', async () => {
      const y = await read(() => {
        const x = tf.tensor2d([[1, 3, 10, 30]]);
        const params = { scale: tf.tensor1d([1, 2, 3, 4]), offset: tf.tensor1d([0, 0, 0, 5]) };
        return groupNorm(x, params, { groups: 2, epsilon: 0 });
      });
      expectRounded(y, [-1, 2, -3, 9]);
    });

    const x = normalArray([2, 3, 5, 4], 1);
    const { bounds, reference } = operations.groupNorm({ x }, callOptions(4, { groups: 1 }));

    it('groupNorm(x; G = 1) = layerNorm(x; all axes but the first)', async () => {
      const whole = await read(() => layerNorm(toTensor(x), {}, { axes: [1, 2, 3], epsilon: 1e-3 }));
      expectWithin(whole, reference({ x }), bounds(x).output);
    });

    it('groupNorm(x; G = C) = instanceNorm(x)', async () => {
      const single = operations.groupNorm({ x }, callOptions(4, { groups: 4 }));
      const y = await read(() => instanceNorm(toTensor(x), {}, { epsilon: 1e-3 }));
      expectWithin(y, single.reference({ x }), single.bounds(x).output);
    });

    it('refuses what it cannot normalize, and says why', () => {
      const x = tf.ones([2, 3, 4]);
      const groups = 2;
      expect([
        ...complaintsAboutInput((x) => groupNorm(x, {}, { groups })),
        ...complaintsAboutChannels((scale) => groupNorm(x, { scale }, { groups })),
        ...complaintsAboutChannels((offset) => groupNorm(x, { offset }, { groups })),
        ...complaintsAboutEpsilon((epsilon) => groupNorm(x, {}, { groups, epsilon })),
        ...[3, 0, -2, 0.5, Number.NaN, 8].map((groups) => complaintOf(() => groupNorm(x, {}, { groups }))),
      ]).toMatchInlineSnapshot(`
        [
          "ShapeError: groupNorm: x must have rank ≥ 2, channels last, got [4].",
          "ShapeError: groupNorm: x must hold at least one element, got [0,3,4].",
          "ShapeError: groupNorm: x must have dtype float32, got "int32" (cast it first).",
          "ShapeError: groupNorm: x must not be disposed.",
          "ShapeError: groupNorm: x must be a tensor, got [[1,2]].",
          "ShapeError: groupNorm: scale must have shape [C] with C = 4 (the last axis of x), got [5].",
          "ShapeError: groupNorm: scale must have shape [C] with C = 4 (the last axis of x), got [1,4].",
          "ShapeError: groupNorm: scale must have dtype float32, got "int32" (cast it first).",
          "ShapeError: groupNorm: offset must have shape [C] with C = 4 (the last axis of x), got [5].",
          "ShapeError: groupNorm: offset must have shape [C] with C = 4 (the last axis of x), got [1,4].",
          "ShapeError: groupNorm: offset must have dtype float32, got "int32" (cast it first).",
          "OptionError: groupNorm: epsilon must be a finite number ≥ 0, got -0.00001.",
          "OptionError: groupNorm: epsilon must be a finite number ≥ 0, got NaN.",
          "OptionError: groupNorm: epsilon must be a finite number ≥ 0, got Infinity.",
          "OptionError: groupNorm: groups must be an integer ≥ 1 that divides C = 4 (the last axis of x), got 3.",
          "OptionError: groupNorm: groups must be an integer ≥ 1 that divides C = 4 (the last axis of x), got 0.",
          "OptionError: groupNorm: groups must be an integer ≥ 1 that divides C = 4 (the last axis of x), got -2.",
          "OptionError: groupNorm: groups must be an integer ≥ 1 that divides C = 4 (the last axis of x), got 0.5.",
          "OptionError: groupNorm: groups must be an integer ≥ 1 that divides C = 4 (the last axis of x), got NaN.",
          "OptionError: groupNorm: groups must be an integer ≥ 1 that divides C = 4 (the last axis of x), got 8.",
        ]
      `);
      x.dispose();
    });
  });
});
