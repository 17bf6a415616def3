import { weightNorm } from '@normlab/ops';
import { expectRounded, normalArray, onBackends, read, usualSettings } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { complaintsAboutChannels, complaintsAboutInput } from './harness/complaints.js';
import { describeOperations } from './harness/describeOperations.js';
import { shapes } from './harness/standardizing.js';
import { weightNorming } from './harness/weightNorming.js';

onBackends('weightNorm', usualSettings, (setting) => {
  describe('weightNorm', () => {
    describeOperations(
      setting,
      shapes.map((shape) => ({
        title: `rank ${shape.length}`,
        operation: weightNorming({ direction: normalArray(shape, 1), scale: normalArray([4], 2) }),
      })),
    );

    it('gives the columns 3, 4 and 0, 2 the lengths 10 and −1', async () => {
      const y = await read(() => {
        const direction = tf.tensor2d([
          [3, 0],
          [4, 2],
        ]);
        return weightNorm(direction, tf.tensor1d([10, -1]));
      });
      expectRounded(y, [6, 0, 8, -1]);
    });

    it('refuses what it cannot normalize, and says why', () => {
      const direction = tf.ones([2, 3, 4]);
      const scale = tf.ones<tf.Rank.R1>([4]);
      expect([
        ...complaintsAboutInput((direction) => weightNorm(direction, scale)),
        ...complaintsAboutChannels((scale) => weightNorm(direction, scale)),
      ]).toMatchInlineSnapshot(`
        [
          "ShapeError: weightNorm: direction must have rank ≥ 2, channels last, got [4].",
          "ShapeError: weightNorm: direction must hold at least one element, got [0,3,4].",
          "ShapeError: weightNorm: direction must have dtype float32, got "int32" (cast it first).",
          "ShapeError: weightNorm: direction must not be disposed.",
          "ShapeError: weightNorm: direction must be a tensor, got [[1,2]].",
          "ShapeError: weightNorm: scale must have shape [C] with C = 4 (the last axis of direction), got [5].",
          "ShapeError: weightNorm: scale must have shape [C] with C = 4 (the last axis of direction), got [1,4].",
          "ShapeError: weightNorm: scale must have dtype float32, got "int32" (cast it first).",
        ]
      `);
      tf.dispose([direction, scale]);
    });
  });
});
