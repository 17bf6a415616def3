import { batchNormTrain, rmsNorm, standardize, weightNorm } from '@normlab/ops';
import { randomStream } from '@normlab/random';
import {
  arrayOf,
  everySetting,
  expectWithin,
  gamma,
  type NdArray,
  normalArray,
  onBackends,
  read,
  readAll,
  rootRoundings,
  unitRoundoff as u,
} from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { gradientsOf } from './harness/itIsDifferentiable.js';
import { tensorsOf } from './harness/operation.js';
import { operations } from './harness/operations.js';
import { callOptions } from './harness/options.js';

/** m float32 values of mean `ratio` and sd 1, with their exact moments in float64. */
function farFromZero(m: number, ratio: number) {
  const stream = randomStream(5);
  const values = Float32Array.from({ length: m }, () => ratio + stream.normal());
  const mean = values.reduce((sum, value) => sum + (value - ratio), 0) / m + ratio;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / m;
  const reach = values.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0);
  return { values, mean, variance, reach };
}

/**
 * The errors of mean, variance and y at any mean / sd: as in standardizationBounds, except that no backend adds more
 * than 4√m terms in one chain (blocks of √m on wasm, a tree on webgpu, float64 on cpu).
 */
function bounds(m: number, { mean, variance, reach }: ReturnType<typeof farFromZero>) {
  const g = gamma(4 * Math.sqrt(m) + 8);
  const Y = reach / Math.sqrt(variance);
  const eta = 4 * g * Y;
  const nu = g + 2 * eta + eta ** 2;
  return {
    mean: eta * Math.sqrt(variance) + 2 * u * Math.abs(mean),
    variance: nu * variance,
    y: eta + Y * (nu / 2 + rootRoundings * u),
  };
}

onBackends('accuracy', [...everySetting, 'webgpu, composed'], () => {
  const m = 100_000;

  describe.each([
    ['first', [0], [m, 1]],
    ['last', [1], [1, m]],
    ['middle', [1], [1, m, 1]],
  ])('over the %s axis', (_, axes, shape) => {
    // The last mean is midway between two float32 numbers, so that float32 cannot represent it.
    it.each([1, 1e2, 1e4, -1e4, 1e6 + 1 / 32])(
      'variance(x) is accurate to float32 at mean / sd = %d',
      async (ratio) => {
        const data = farFromZero(m, ratio);
        const most = bounds(m, data);
        const { y, mean, variance } = await readAll(() =>
          standardize(tf.tensor(data.values, shape), axes, { epsilon: 0 }),
        );
        expect(Math.abs(mean.values[0]! - data.mean)).toBeLessThanOrEqual(most.mean);
        expect(Math.abs(variance.values[0]! - data.variance)).toBeLessThanOrEqual(most.variance);
        const deviation = Math.sqrt(data.variance);
        const worst = y.values.reduce(
          (error, value, i) => Math.max(error, Math.abs(value - (data.values[i]! - data.mean) / deviation)),
          0,
        );
        expect(worst).toBeLessThanOrEqual(most.y);
      },
    );
  });

  // Outputs and gradients of every shape of group; the bounds of `operations` do not depend on the mean.
  const groups = [
    'batchNormTrain',
    'constantBatchNormTrain',
    'layerNorm',
    'instanceNorm',
    'groupNorm',
    'weightStandardize',
  ] as const;
  describe.each(groups)('%s', (name) => {
    it.each([1e4, -1e5, 1e6])(
      'is accurate to float32 at mean / sd = %d, forward and backward',
      async (ratio) => {
        const x = normalArray([3, 5, 7, 4], 1, { mean: ratio });
        const operation = operations[name]({ x }, callOptions(4, { axes: [1, 2, 3], epsilon: 1e-5 }));
        const dy = normalArray(x.shape, 2);
        const limits = operation.bounds(dy);
        const y = await read(() => operation.run(tensorsOf({ x })));
        expectWithin(y, operation.reference({ x }), limits.output);
        const gradient = (await gradientsOf(operation, dy)).x!;
        // Differences of the float64 twin; a mean of 10⁶ sd leaves it about ten digits.
        const direction = normalArray(x.shape, 3);
        const slope = (h: number) =>
          (dot(operation.reference({ x: moved(x, direction, h) }), dy) -
            dot(operation.reference({ x: moved(x, direction, -h) }), dy)) /
          (2 * h);
        const expected = slope(2 ** -8);
        const truncation = Math.abs(expected - slope(2 ** -7));
        const twin = (2 ** -52 * Math.abs(ratio) * x.values.length * 8) / 2 ** -8;
        const most = limits.gradients.x!.values.reduce(
          (sum, each, i) => sum + each * Math.abs(direction.values[i]!),
          truncation + twin,
        );
        expect(Math.abs(dot(gradient, direction) - expected)).toBeLessThanOrEqual(most);
      },
    );
  });

  // The edges are √(the largest float32) and √(the smallest normal one), rounded to the inside.
  describe.each([
    ['largest', 1.8e19 / Math.sqrt(1000)],
    ['smallest', 1.1e-19 * Math.sqrt(1000)],
  ])('at the %s values', (_, value) => {
    const data = { mean: 0, variance: value ** 2, reach: value };
    const values = Float32Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? value : -value));
    const signs = values.map(Math.sign);
    const most = bounds(1000, { values, ...data }).y;
    it.each<[string, (x: tf.Tensor2D) => tf.Tensor, number]>([
      ['standardize', (x) => standardize(x, [0], { epsilon: 0 }).y, 1],
      ['rmsNorm', (x) => rmsNorm(x, {}, { axes: [0], epsilon: 0 }), 1],
      ['weightNorm', (x) => weightNorm(x, tf.tensor1d([1])), Math.sqrt(1000)],
    ])('%s is accurate to float32', async (_, normalize, length) => {
      const y = await read(() => normalize(tf.tensor2d(values, [1000, 1])));
      for (const [i, sign] of signs.entries()) {
        expect(Math.abs(y[i]! * length - sign)).toBeLessThanOrEqual(most);
      }
    });
  });

  const title =
    'an outlier as the first sample costs no precision of mean and variance, nor of y relative to the largest';
  it(`batchNormTrain: ${title}`, async () => {
    const data = farFromZero(1000, 0);
    data.values[0] = 1e4;
    const mean = data.values.reduce((sum, value) => sum + value, 0) / 1000;
    const variance = data.values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 1000;
    const most = bounds(1000, { ...data, mean, variance, reach: 1e4 - mean });
    const batch = await readAll(() => {
      const old = { mean: tf.tensor1d([0]), variance: tf.tensor1d([0]) };
      const x = tf.tensor2d(data.values, [1000, 1]);
      const { y, stats } = batchNormTrain(x, {}, old, { decay: 0, epsilon: 0 });
      return { y, ...stats };
    });
    expect(Math.abs(batch.mean.values[0]! - mean)).toBeLessThanOrEqual(most.mean);
    expect(Math.abs(batch.variance.values[0]! - variance)).toBeLessThanOrEqual(most.variance);
    const worst = batch.y.values.reduce(
      (error, value, i) => Math.max(error, Math.abs(value - (data.values[i]! - mean) / Math.sqrt(variance))),
      0,
    );
    expect(worst).toBeLessThanOrEqual(most.y);
  });
});

function moved({ shape, values }: NdArray, along: NdArray, h: number): NdArray {
  return arrayOf(shape, (_, i) => values[i]! + h * along.values[i]!);
}

function dot(a: NdArray, b: NdArray): number {
  return a.values.reduce((sum, each, i) => sum + each * b.values[i]!, 0);
}
