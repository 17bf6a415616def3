import { batchNormInfer, foldBatchNorm, type RunningStats } from '@normlab/ops';
import {
  expectRounded,
  gamma,
  normalArray,
  onBackends,
  read,
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

onBackends('foldBatchNorm', usualSettings, (setting) => {
  describe('foldBatchNorm', () => {
    const vectors = {
      scale: normalArray([4], 2),
      bias: normalArray([4], 3),
      offset: normalArray([4], 5),
    };
    const { scale, bias, offset } = vectors;

    describe('kernel', () => {
      describeOperations(
        setting,
        shapes.flatMap((shape) => {
          const kernel = normalArray(shape, 1);
          return [
            { title: `rank ${shape.length}`, operation: operations.foldedKernel({ kernel }, callOptions(4)) },
            {
              title: `rank ${shape.length}, gain`,
              operation: operations.foldedKernel({ kernel, scale }, callOptions(4)),
            },
          ];
        }),
      );
    });

    describe('bias', () => {
      describeOperations(
        setting,
        [{ bias }, { bias, scale }, { bias, offset }, { bias, scale, offset }].map((inputs) => ({
          title: Object.keys(inputs).join(', '),
          operation: operations.foldedBias(inputs, callOptions(4)),
        })),
      );
    });

    it('treats the bias as 0 if the layer has none', async () => {
      const { kernel, bias } = await readAll(() => {
        const stats = { mean: tf.tensor1d([1, 6]), variance: tf.tensor1d([4, 9]) };
        return foldBatchNorm({ kernel: tf.tensor2d([[1, 6]]) }, {}, stats, { epsilon: 0 });
      });
      expectRounded([...kernel.values, ...bias.values], [0.5, 2, -0.5, -2]);
    });

    it('(x · kernel′) + bias′ = batchNormInfer(x · kernel + bias)', async () => {
      const draw = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);
      const [worst] = await read(() => {
        const kernel = draw([6, 4], 1) as tf.Tensor2D;
        const layer = { kernel, bias: draw([4], 2) as tf.Tensor1D };
        const params = { scale: draw([4], 3) as tf.Tensor1D, offset: draw([4], 4) as tf.Tensor1D };
        const stats = {
          mean: draw([4], 5) as tf.Tensor1D,
          variance: tf.tensor1d([0.25, 1, 2, 4]),
        };
        const x = draw([5, 6], 6) as tf.Tensor2D;
        const folded = foldBatchNorm(layer, params, stats);
        const direct = batchNormInfer(tf.add(tf.matMul(x, kernel), layer.bias), params, stats);
        const after = tf.add(tf.matMul(x, folded.kernel), folded.bias);
        // Each side is a sum of 8 terms (6 products, bias, mean) times a factor of at most max γ / √¼, plus β,
        // in at most 8 + 20 roundings; no draw here is above 4, so no term is above 16 · 8.
        return tf.max(tf.abs(tf.sub(direct, after)));
      });
      expect(worst).toBeLessThanOrEqual(2 * gamma(28) * (8 * 16 * 8 + 4));
    });

    it('∂/∂stats = 0, and two tensors', () => {
      const kernel = tf.ones([3, 4]);
      const stats = { mean: tf.zeros<tf.Rank.R1>([4]), variance: tf.ones<tf.Rank.R1>([4]) };
      const before = tf.memory().numTensors;
      const folded = foldBatchNorm({ kernel }, {}, stats);
      expect(tf.memory().numTensors).toBe(before + 2);
      const loss = (variance: tf.Tensor) => {
        const { kernel: scaled, bias } = foldBatchNorm(
          { kernel },
          {},
          { ...stats, variance: variance as tf.Tensor1D },
        );
        return tf.add(tf.sum(scaled), tf.sum(bias));
      };
      expect(() => tf.grad(loss)(stats.variance)).toThrow('Cannot compute gradient');
      tf.dispose([kernel, stats, folded]);
    });

    describe('refuses, and says why,', () => {
      let kernel: tf.Tensor;
      let stats: RunningStats;
      beforeAll(() => {
        kernel = tf.ones([2, 3, 4]);
        stats = { mean: tf.zeros<tf.Rank.R1>([4]), variance: tf.ones<tf.Rank.R1>([4]) };
      });
      afterAll(() => tf.dispose([kernel, stats]));

      it('an invalid kernel, vectors that are not [C], and an ε out of range', () => {
        expect([
          ...complaintsAboutInput((kernel) => foldBatchNorm({ kernel }, {}, stats)),
          ...complaintsAboutChannels((bias) => foldBatchNorm({ kernel, bias }, {}, stats)),
          ...complaintsAboutChannels((scale) => foldBatchNorm({ kernel }, { scale }, stats)),
          ...complaintsAboutChannels((mean) => foldBatchNorm({ kernel }, {}, { ...stats, mean })),
          ...complaintsAboutEpsilon((epsilon) => foldBatchNorm({ kernel }, {}, stats, { epsilon })),
        ]).toMatchInlineSnapshot(`
          [
            "ShapeError: foldBatchNorm: kernel must have rank ≥ 2, channels last, got [4].",
            "ShapeError: foldBatchNorm: kernel must hold at least one element, got [0,3,4].",
            "ShapeError: foldBatchNorm: kernel must have dtype float32, got "int32" (cast it first).",
            "ShapeError: foldBatchNorm: kernel must not be disposed.",
            "ShapeError: foldBatchNorm: kernel must be a tensor, got [[1,2]].",
            "ShapeError: foldBatchNorm: bias must have shape [C] with C = 4 (the last axis of kernel), got [5].",
            "ShapeError: foldBatchNorm: bias must have shape [C] with C = 4 (the last axis of kernel), got [1,4].",
            "ShapeError: foldBatchNorm: bias must have dtype float32, got "int32" (cast it first).",
            "ShapeError: foldBatchNorm: scale must have shape [C] with C = 4 (the last axis of kernel), got [5].",
            "ShapeError: foldBatchNorm: scale must have shape [C] with C = 4 (the last axis of kernel), got [1,4].",
            "ShapeError: foldBatchNorm: scale must have dtype float32, got "int32" (cast it first).",
            "ShapeError: foldBatchNorm: stats.mean must have shape [C] with C = 4 (the last axis of kernel), got [5].",
            "ShapeError: foldBatchNorm: stats.mean must have shape [C] with C = 4 (the last axis of kernel), got [1,4].",
            "ShapeError: foldBatchNorm: stats.mean must have dtype float32, got "int32" (cast it first).",
            "OptionError: foldBatchNorm: epsilon must be a finite number ≥ 0, got -0.00001.",
            "OptionError: foldBatchNorm: epsilon must be a finite number ≥ 0, got NaN.",
            "OptionError: foldBatchNorm: epsilon must be a finite number ≥ 0, got Infinity.",
          ]
        `);
      });
    });
  });
});
