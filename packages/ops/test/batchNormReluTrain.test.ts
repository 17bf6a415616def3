import { batchNormReluTrain, batchNormTrain, type RunningStats } from '@normlab/ops';
import {
  complaintOf,
  everySetting,
  expectRounded,
  expectWithin,
  normalArray,
  onBackends,
  readAll,
  toTensor,
  twins,
  unitRoundoff,
  vectorOf,
} from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  complaintsAboutChannels,
  complaintsAboutEpsilon,
  complaintsAboutInput,
} from './harness/complaints.js';
import { describeOperations } from './harness/describeOperations.js';
import type { Arrays } from './harness/operation.js';
import { operations } from './harness/operations.js';
import { callOptions } from './harness/options.js';
import { affineInputs } from './harness/standardizing.js';

/** On wasm one kernel does everything, so the composition of ops must be tested too. */
onBackends('batchNormReluTrain', everySetting, (setting) => {
  describe('batchNormReluTrain', () => {
    describeOperations(
      setting,
      affineInputs().map(({ title, inputs }) => ({
        title,
        operation: operations.batchNormReluTrain(awayFromKink(inputs), callOptions(4)),
      })),
    );

    it('1, 3 with γ = 5, β = 2 is 0, 7; statistics 0, 1 become 1/2, 1 at decay 3/4', async () => {
      const { y, mean, variance } = await readAll(() => {
        const stats = { mean: tf.tensor1d([0]), variance: tf.tensor1d([1]) };
        const params = { scale: tf.tensor1d([5]), offset: tf.tensor1d([2]) };
        const options = { epsilon: 0, decay: 0.75 };
        const { y, stats: next } = batchNormReluTrain(tf.tensor2d([[1], [3]]), params, stats, options);
        return { y, ...next };
      });
      expectRounded(y.values, [0, 7]);
      expectRounded([...mean.values, ...variance.values], [0.5, 1]);
    });

    it('= relu ∘ batchNormTrain: values, statistics and gradients', async () => {
      const x = normalArray([3, 4, 4, 5], 1, { mean: 0.5, deviation: 2 });
      const { apart, together } = await readAll(() => {
        const options = { epsilon: 1e-3, decay: 0.75 };
        const given = [toTensor(x), toTensor(normalArray([5], 2)), toTensor(normalArray([5], 3))];
        const stats = { mean: tf.zeros<tf.Rank.R1>([5]), variance: tf.ones<tf.Rank.R1>([5]) };
        const values = (normalize: typeof batchNormTrain, activate: (y: tf.Tensor) => tf.Tensor) => {
          const run = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) =>
            normalize(x, { scale: scale as tf.Tensor1D, offset: offset as tf.Tensor1D }, stats, options);
          const { y, stats: moved } = run(given[0]!, given[1]!, given[2]!);
          const dy = toTensor(normalArray([3, 4, 4, 5], 4));
          const gradients = tf.grads((x, scale, offset) => activate(run(x!, scale!, offset!).y))(given, dy);
          const all = [activate(y), moved.mean, moved.variance, ...gradients];
          return tf.concat(all.map((each) => tf.reshape(each, [-1])));
        };
        return {
          apart: values(batchNormTrain, (y) => tf.relu(y)),
          together: values(batchNormReluTrain, (y) => y),
        };
      });
      // The same roundings, but sums in another order: 48 terms each, of sizes up to 10.
      const bound = vectorOf([...apart.values].map(() => 10 * 64 * unitRoundoff));
      expectWithin(together.values, vectorOf(apart.values), bound);
    });

    it('creates y and two statistics, and no other tensor', () => {
      const x = tf.ones([2, 3, 4]);
      const stats = { mean: tf.zeros<tf.Rank.R1>([4]), variance: tf.ones<tf.Rank.R1>([4]) };
      const scale = tf.ones<tf.Rank.R1>([4]);
      const before = tf.memory().numTensors;
      const made = batchNormReluTrain(x, { scale }, stats);
      expect(tf.memory().numTensors).toBe(before + 3);
      tf.dispose(made);
      const gradient = tf.grad((x: tf.Tensor) => batchNormReluTrain(x, { scale }, stats).y)(x);
      expect(tf.memory().numTensors).toBe(before + 1);
      tf.dispose([gradient, x, scale, stats]);
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
        expect(complaintsAboutInput((x) => batchNormReluTrain(x, {}, stats))).toMatchInlineSnapshot(`
          [
            "ShapeError: batchNormReluTrain: x must have rank ≥ 2, channels last, got [4].",
            "ShapeError: batchNormReluTrain: x must hold at least one element, got [0,3,4].",
            "ShapeError: batchNormReluTrain: x must have dtype float32, got "int32" (cast it first).",
            "ShapeError: batchNormReluTrain: x must not be disposed.",
            "ShapeError: batchNormReluTrain: x must be a tensor, got [[1,2]].",
          ]
        `);
      });

      it('parameters and statistics that are not [C]', () => {
        expect([
          ...complaintsAboutChannels((scale) => batchNormReluTrain(x, { scale }, stats)),
          ...complaintsAboutChannels((offset) => batchNormReluTrain(x, { offset }, stats)),
          ...complaintsAboutChannels((mean) => batchNormReluTrain(x, {}, { ...stats, mean })),
          ...complaintsAboutChannels((variance) => batchNormReluTrain(x, {}, { ...stats, variance })),
        ]).toMatchInlineSnapshot(`
          [
            "ShapeError: batchNormReluTrain: scale must have shape [C] with C = 4 (the last axis of x), got [5].",
            "ShapeError: batchNormReluTrain: scale must have shape [C] with C = 4 (the last axis of x), got [1,4].",
            "ShapeError: batchNormReluTrain: scale must have dtype float32, got "int32" (cast it first).",
            "ShapeError: batchNormReluTrain: offset must have shape [C] with C = 4 (the last axis of x), got [5].",
            "ShapeError: batchNormReluTrain: offset must have shape [C] with C = 4 (the last axis of x), got [1,4].",
            "ShapeError: batchNormReluTrain: offset must have dtype float32, got "int32" (cast it first).",
            "ShapeError: batchNormReluTrain: stats.mean must have shape [C] with C = 4 (the last axis of x), got [5].",
            "ShapeError: batchNormReluTrain: stats.mean must have shape [C] with C = 4 (the last axis of x), got [1,4].",
            "ShapeError: batchNormReluTrain: stats.mean must have dtype float32, got "int32" (cast it first).",
            "ShapeError: batchNormReluTrain: stats.variance must have shape [C] with C = 4 (the last axis of x), got [5].",
            "ShapeError: batchNormReluTrain: stats.variance must have shape [C] with C = 4 (the last axis of x), got [1,4].",
            "ShapeError: batchNormReluTrain: stats.variance must have dtype float32, got "int32" (cast it first).",
          ]
        `);
      });

      it('an ε or a decay out of range', () => {
        expect([
          ...complaintsAboutEpsilon((epsilon) => batchNormReluTrain(x, {}, stats, { epsilon })),
          ...[-0.1, 1.1, Number.NaN].map((decay) =>
            complaintOf(() => batchNormReluTrain(x, {}, stats, { decay })),
          ),
        ]).toMatchInlineSnapshot(`
          [
            "OptionError: batchNormReluTrain: epsilon must be a finite number ≥ 0, got -0.00001.",
            "OptionError: batchNormReluTrain: epsilon must be a finite number ≥ 0, got NaN.",
            "OptionError: batchNormReluTrain: epsilon must be a finite number ≥ 0, got Infinity.",
            "OptionError: batchNormReluTrain: decay must be in [0, 1], got -0.1 (the weight of the old running statistic: 1 − PyTorch’s momentum).",
            "OptionError: batchNormReluTrain: decay must be in [0, 1], got 1.1 (the weight of the old running statistic: 1 − PyTorch’s momentum).",
            "OptionError: batchNormReluTrain: decay must be in [0, 1], got NaN (the weight of the old running statistic: 1 − PyTorch’s momentum).",
          ]
        `);
      });
    });
  });
});

/**
 * The inputs with another x, for which no γx̂ + β changes its sign while a second difference is computed: its largest
 * step, 4·2⁻⁹ in every input, changes them by less than 0.03.
 */
function awayFromKink({ x, ...params }: Arrays): Arrays {
  const { stats, epsilon, decay } = callOptions(4);
  for (let seed = 1; seed < 10_000; seed++) {
    const drawn = normalArray(x!.shape, seed, { mean: 0.5, deviation: 2 });
    const { y } = twins.batchNormTrain(drawn, params, stats, { epsilon, decay });
    if (y.values.every((value) => Math.abs(value) > 0.03)) return { x: drawn, ...params };
  }
  throw new Error('no x was found');
}
