import { standardize } from '@normlab/ops';
import {
  complaintOf,
  expectRounded,
  normalArray,
  onBackends,
  readAll,
  toTensor,
  usualSettings,
} from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { complaintsAboutEpsilon, complaintsAboutInput } from './harness/complaints.js';
import { describeOperations } from './harness/describeOperations.js';
import { operations } from './harness/operations.js';
import { callOptions } from './harness/options.js';
import { shapes } from './harness/standardizing.js';

onBackends('standardize', usualSettings, (setting) => {
  describe.each([[[0]], [[-1]], [[0, -2]], [[1, -1]], [[1, 3]], [[0, 2]]])('standardize over %j', (axes) => {
    const fits = (rank: number) =>
      axes.every((axis) => axis < rank) &&
      new Set(axes.map((axis) => (axis + rank) % rank)).size === axes.length;
    describeOperations(
      setting,
      shapes
        .filter(({ length }) => fits(length))
        .map((shape) => ({
          title: `rank ${shape.length}`,
          operation: operations.standardize(
            { x: normalArray(shape, 1, { mean: 0.5, deviation: 2 }) },
            callOptions(4, { axes }),
          ),
        })),
    );
  });

  describe('standardize', () => {
    it('3, 4, 8 have mean 5 and variance 14/3, and become −2, −1, 3 over its root', async () => {
      const { y, mean, variance } = await readAll(() =>
        standardize(tf.tensor2d([[3], [4], [8]]), [0], { epsilon: 4 / 3 }),
      );
      expectRounded(mean.values, [5]);
      expectRounded(variance.values, [14 / 3]);
      expectRounded(
        y.values,
        [-2, -1, 3].map((centred) => centred / Math.sqrt(6)),
      );
    });

    it('returns statistics of x’s shape without the axes, for any order and sign of the axes', async () => {
      const x = normalArray([2, 3, 4, 5], 1);
      const straight = await readAll(() => standardize(toTensor(x), [1, 3]));
      const turned = await readAll(() => standardize(toTensor(x), [-1, 1]));
      expect(straight.mean.shape).toEqual([2, 4]);
      expect(turned).toEqual(straight);
    });

    it('creates three new tensors, and no more', () => {
      const x = tf.ones([2, 3]);
      const before = tf.memory().numTensors;
      const made = standardize(x, [0]);
      expect(tf.memory().numTensors).toBe(before + 3);
      tf.dispose([made, x]);
      expect(tf.memory().numTensors).toBe(before - 1);
    });

    it('gives 0 and no gradient for a constant slice', async () => {
      const { y, dx } = await readAll(() => {
        const x = tf.fill([4, 2], 1e4);
        const dx = tf.grad((x) => standardize(x, [0]).y)(x, tf.ones([4, 2]));
        return { y: standardize(x, [0]).y, dx };
      });
      expect([...y.values, ...dx.values]).toEqual(Array(16).fill(0));
    });

    it('∂mean = 0, ∂variance = 0: its statistics carry no gradient', async () => {
      const gradients = await readAll(() => {
        const [x, dy] = [toTensor(normalArray([5, 3], 1)), toTensor(normalArray([5, 3], 2))];
        const alone = (x: tf.Tensor) => tf.sum(tf.mul(standardize(x, [0]).y, dy));
        const withStatistics = (x: tf.Tensor) => {
          const { y, mean, variance } = standardize(x, [0]);
          return tf.addN([tf.sum(tf.mul(y, dy)), tf.sum(mean), tf.sum(variance)]);
        };
        const twice = (f: typeof alone) => tf.grad((x: tf.Tensor) => tf.sum(tf.mul(tf.grad(f)(x), x)));
        return {
          alone: tf.grad(alone)(x),
          withStatistics: tf.grad(withStatistics)(x),
          aloneTwice: twice(alone)(x),
          withStatisticsTwice: twice(withStatistics)(x),
        };
      });
      expect(gradients.withStatistics).toEqual(gradients.alone);
      expect(gradients.withStatisticsTwice).toEqual(gradients.aloneTwice);
    });

    it('refuses an x that is not a batch, and says why', () => {
      expect(complaintsAboutInput((x) => standardize(x, [0]))).toMatchInlineSnapshot(`
        [
          "ShapeError: standardize: x must have rank ≥ 2, channels last, got [4].",
          "ShapeError: standardize: x must hold at least one element, got [0,3,4].",
          "ShapeError: standardize: x must have dtype float32, got "int32" (cast it first).",
          "ShapeError: standardize: x must not be disposed.",
          "ShapeError: standardize: x must be a tensor, got [[1,2]].",
        ]
      `);
    });

    it('refuses axes that do not exist', () => {
      const x = tf.ones([2, 3]);
      const axes = [[], [2], [-3], [0.5], [0, 0], [1, -1]];
      expect(axes.map((each) => complaintOf(() => standardize(x, each)))).toMatchInlineSnapshot(`
        [
          "OptionError: standardize: axes must hold one or more different axes of x, integers in [-2, 2), got [].",
          "OptionError: standardize: axes must hold one or more different axes of x, integers in [-2, 2), got [2].",
          "OptionError: standardize: axes must hold one or more different axes of x, integers in [-2, 2), got [-3].",
          "OptionError: standardize: axes must hold one or more different axes of x, integers in [-2, 2), got [0.5].",
          "OptionError: standardize: axes must hold one or more different axes of x, integers in [-2, 2), got [0,0].",
          "OptionError: standardize: axes must hold one or more different axes of x, integers in [-2, 2), got [1,-1].",
        ]
      `);
      x.dispose();
    });

    it('refuses an ε that is not a finite number ≥ 0', () => {
      const x = tf.ones([2, 3]);
      expect(complaintsAboutEpsilon((epsilon) => standardize(x, [0], { epsilon }))).toMatchInlineSnapshot(`
        [
          "OptionError: standardize: epsilon must be a finite number ≥ 0, got -0.00001.",
          "OptionError: standardize: epsilon must be a finite number ≥ 0, got NaN.",
          "OptionError: standardize: epsilon must be a finite number ≥ 0, got Infinity.",
        ]
      `);
      x.dispose();
    });
  });
});
