import { batchNormTrain, standardize } from '@normlab/ops';
import { randomStream } from '@normlab/random';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { everySetting, onBackends } from './harness/onBackends.js';
import { readAll } from './harness/read.js';
import { rootRoundings, roundings, unitRoundoff as u } from './harness/roundoff.js';

/** m values of mean `ratio` and deviation 1 as float32 holds them, with their own moments in float64. */
function farFromZero(m: number, ratio: number) {
  const stream = randomStream(5);
  const values = Float32Array.from({ length: m }, () => ratio + stream.normal());
  const mean = values.reduce((sum, value) => sum + (value - ratio), 0) / m + ratio;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / m;
  const reach = values.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0);
  return { values, mean, variance, reach };
}

/**
 * The errors of mean, variance and y at any mean / sd: as in standardizationBounds, but that none of the
 * backends adds more than 4√m terms in one chain (blocks of √m on wasm, a tree on webgpu, float64 on cpu).
 */
function bounds(m: number, { mean, variance, reach }: ReturnType<typeof farFromZero>) {
  const g = roundings(4 * Math.sqrt(m) + 8);
  const Y = reach / Math.sqrt(variance);
  const eta = 4 * g * Y;
  const nu = g + 2 * eta + eta ** 2;
  return {
    mean: eta * Math.sqrt(variance) + 2 * u * Math.abs(mean),
    variance: nu * variance,
    y: eta + Y * (nu / 2 + rootRoundings * u),
  };
}

onBackends(() => {
  const m = 100_000;

  describe.each([
    ['first', [0], [m, 1]],
    ['last', [1], [1, m]],
    ['middle', [1], [1, m, 1]],
  ])('over the %s axis', (_, axes, shape) => {
    // The last lies midway between two numbers of float32, so that its mean cannot be held by one.
    it.each([1, 1e2, 1e4, -1e4, 1e6 + 1 / 32])(
      'variance(x) is right to float32 at mean / sd = %d',
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

  it('batchNormTrain: an outlier as the first sample costs no digits', async () => {
    const data = farFromZero(1000, 0);
    data.values[0] = 1e4;
    const mean = data.values.reduce((sum, value) => sum + value, 0) / 1000;
    const variance = data.values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 1000;
    const most = bounds(1000, { ...data, mean, variance, reach: 1e4 - mean });
    const batch = await readAll(() => {
      const stats = { mean: tf.tensor1d([0]), variance: tf.tensor1d([0]) };
      return batchNormTrain(tf.tensor2d(data.values, [1000, 1]), {}, stats, { decay: 0 }).stats;
    });
    expect(Math.abs(batch.mean.values[0]! - mean)).toBeLessThanOrEqual(most.mean);
    expect(Math.abs(batch.variance.values[0]! - variance)).toBeLessThanOrEqual(most.variance);
  });
}, everySetting);
