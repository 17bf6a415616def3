import { type OpenBackend, openBackend } from '@normlab/backends';
import { buildModel, type ModelSpec, nin, resnet, type Variables, variablePlan } from '@normlab/models';
import { deriveSeed, randomStream } from '@normlab/random';
import { unitRoundoff } from '@normlab/testing';
import { type Batch, reEstimateStats } from '@normlab/train';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let backend: OpenBackend;
beforeAll(async () => {
  backend = await openBackend('wasm', { threads: 1 });
});
afterAll(() => backend.close());

/** Batches that differ in size, scale and mean, so that no two averages over them are equal. */
function batchesOf(sizes: readonly number[], [height, width, channels]: ModelSpec['input']): Batch[] {
  return sizes.map((size, index) => {
    const stream = randomStream(index);
    const numbers = size * height * width * channels;
    return {
      images: Float32Array.from({ length: numbers }, () => (index + 1) * stream.normal() + index),
      labels: new Int32Array(size),
      shape: [size, height, width, channels],
    };
  });
}

async function* asynchronous(batches: readonly Batch[]): AsyncIterable<Batch> {
  yield* batches;
}

function estimate(spec: ModelSpec, batches: readonly Batch[], seed = 3): Promise<Variables> {
  const model = buildModel(spec);
  const variables = model.init(1);
  return reEstimateStats({ model, ...variables, batches: asynchronous(batches), seed }).finally(() =>
    tf.dispose(variables),
  );
}

/** Mean and biased variance of every channel, in float64. */
function moments(values: ArrayLike<number>, channels: number): { mean: number[]; variance: number[] } {
  const rows = values.length / channels;
  const average = (of: (value: number, channel: number) => number) =>
    Array.from({ length: channels }, (_, channel) => {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += of(values[row * channels + channel]!, channel);
      return sum / rows;
    });
  const mean = average((value) => value);
  return { mean, variance: average((value, channel) => (value - mean[channel]!) ** 2) };
}

/** Each norm's statistics by definition: weighted averages over the batches of its input's statistics. */
function byHand(
  spec: ModelSpec,
  inputs: Readonly<Record<string, string>>,
  batches: readonly Batch[],
  seed: number,
) {
  const model = buildModel(spec);
  const { params, stats } = model.init(1);
  const images = batches.reduce((sum, { shape }) => sum + shape[0], 0);
  const result: Record<string, number[]> = {};
  batches.forEach((batch, index) => {
    const x = tf.tensor4d(batch.images, [...batch.shape]);
    const taps = Object.values(inputs);
    const pass = model.applyWith(params, stats, x, { seed: deriveSeed(seed, 're-estimate', index), taps });
    for (const [norm, input] of Object.entries(inputs)) {
      const tap = pass.taps[input]!;
      for (const [kind, values] of Object.entries(moments(tap.dataSync(), tap.shape.at(-1)!))) {
        const path = `${norm}/${kind}`;
        const sums = result[path];
        result[path] = values.map(
          (value, channel) => (sums?.[channel] ?? 0) + (batch.shape[0] / images) * value,
        );
      }
    }
    tf.dispose([x, pass]);
  });
  tf.dispose([params, stats]);
  return result;
}

const narrowNin = nin({ width: 1 / 48, input: [9, 8, 3], norm: 'cbn-all' });
const narrowResnet = resnet({ width: 1 / 32, depth: 11, input: [8, 8, 3], norm: 'bn' });

describe('reEstimateStats', () => {
  it.each([{}, { kind: 'batch' }] as const)(
    'Σ n_b·μ_b/N and Σ n_b·σ²_b/N: two batches by hand, by a norm with %o',
    async (kind) => {
      const spec: ModelSpec = {
        name: 'one norm',
        input: [1, 1, 1],
        classes: 1,
        layers: [
          { type: 'norm', name: 'norm', gain: false, bias: false, epsilon: 0, decay: 0.9, ...kind },
          { type: 'globalPool', name: 'pool' },
        ],
      };
      const batch = (...values: number[]): Batch => ({
        images: Float32Array.from(values),
        labels: new Int32Array(values.length),
        shape: [values.length, 1, 1, 1],
      });
      // Means 2 and 10, biased variances 1 and 8/3, of four and three images.
      const stats = await estimate(spec, [batch(1, 3, 1, 3), batch(8, 10, 12)]);
      expect(stats['norm/mean']!.dataSync()[0]).toBeCloseTo((4 * 2 + 3 * 10) / 7, 6);
      expect(stats['norm/variance']!.dataSync()[0]).toBeCloseTo((4 * 1 + 3 * (8 / 3)) / 7, 6);
      tf.dispose(stats);
    },
  );

  it('passes over norms of other kinds, which keep no statistics', async () => {
    const fields = { type: 'norm', gain: false, bias: false, epsilon: 0 } as const;
    const spec: ModelSpec = {
      name: 'two norms',
      input: [1, 2, 1],
      classes: 1,
      layers: [
        { ...fields, name: 'batch', decay: 0.9 },
        { ...fields, name: 'image', kind: 'layer' },
        { type: 'globalPool', name: 'pool' },
      ],
    };
    const batch: Batch = {
      images: Float32Array.of(1, 3, 5, 7),
      labels: new Int32Array(2),
      shape: [2, 1, 2, 1],
    };
    const stats = await estimate(spec, [batch]);
    const values = Object.entries(stats).map(([path, value]) => [path, value.dataSync()[0]]);
    // 1, 3, 5, 7: mean 4, biased variance (9 + 1 + 1 + 9)/4.
    expect(values).toEqual([
      ['batch/mean', 4],
      ['batch/variance', 5],
    ]);
    tf.dispose(stats);
  });

  it.each([
    {
      title: 'NIN, dropout too',
      spec: narrowNin,
      inputs: { norm1: 'conv1', norm4: 'conv4', norm7: 'conv7', norm9: 'conv9' },
    },
    {
      title: 'a ResNet, inside residuals too',
      spec: narrowResnet,
      inputs: {
        'stem/norm': 'stem/conv',
        'stage1/block1/norm2': 'stage1/block1/conv2',
        'stage2/block1/norm0': 'stage1/block1',
        'final/norm': 'stage3/block1',
      },
    },
  ])(
    'is the weighted average over batches of each norm’s input statistics: $title',
    async ({ spec, inputs }) => {
      const batches = batchesOf([6, 5, 2], spec.input);
      const stats = await estimate(spec, batches);
      expect(Object.keys(stats)).toEqual(variablePlan(spec).stats.map(({ path }) => path));
      for (const [path, expected] of Object.entries(byHand(spec, inputs, batches, 3))) {
        const values = stats[path]!.dataSync();
        const scale = Math.max(...expected.map(Math.abs));
        // float32 sums of m = 6·9·8 numbers at most, relative to the largest statistic: √m roundings, doubled because the
        // variance subtracts the mean, three batches; both sides take their inputs from the same pass.
        const bound = 3 * 2 * Math.sqrt(6 * 9 * 8) * unitRoundoff;
        expected.forEach((value, channel) => {
          expect(Math.abs(values[channel]! - value) / scale, `${path}[${channel}]`).toBeLessThan(bound);
        });
      }
      tf.dispose(stats);
    },
  );

  it('ignores the old statistics, and uses different dropout masks in every batch', async () => {
    const model = buildModel(narrowNin);
    const { params, stats } = model.init(1);
    const [batch] = batchesOf([4], narrowNin.input);
    const of = async (old: Variables, batches: readonly Batch[]) => {
      const given = { model, params, stats: old, batches: asynchronous(batches), seed: 3 };
      const made = await reEstimateStats(given);
      const values = Object.values(made).map((each) => [...each.dataSync()]);
      tf.dispose(made);
      return values;
    };
    const wanted = await of(stats, [batch!]);
    const before = tf.memory().numTensors;
    // The last two as after a run that has diverged.
    for (const value of [5, Number.POSITIVE_INFINITY, Number.NaN]) {
      const others = Object.entries(stats).map(([path, { shape }]) => [path, tf.fill(shape, value)] as const);
      expect(await of(Object.fromEntries(others), [batch!]), `${value}`).toEqual(wanted);
      tf.dispose(others.map(([, each]) => each));
    }
    expect(tf.memory().numTensors).toBe(before);
    // The same images again: with the same masks the average would not change.
    expect(await of(stats, [batch!, batch!])).not.toEqual(wanted);
    tf.dispose([params, stats]);
  });

  it('names a statistic that is missing or is no tensor', async () => {
    const model = buildModel(narrowNin);
    const { params, stats } = model.init(1);
    const [path] = Object.keys(stats);
    for (const wrong of [{ ...stats, [path!]: undefined }, { ...stats, [path!]: [1, 2] }, undefined]) {
      const batches = asynchronous(batchesOf([2], narrowNin.input));
      const given: Variables = wrong as unknown as Variables;
      await expect(reEstimateStats({ model, params, stats: given, batches, seed: 3 })).rejects.toThrow(
        `stats['${path}'] must`,
      );
    }
    tf.dispose([params, stats]);
  });

  it('leaves no tensor behind', async () => {
    const batches = batchesOf([3, 2], narrowNin.input);
    const before = tf.memory().numTensors;
    tf.dispose(await estimate(narrowNin, batches));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses no batch, a batch of another size and a seed below 0, and leaves no tensor', async () => {
    const before = tf.memory().numTensors;
    await expect(estimate(narrowNin, [])).rejects.toThrow(
      'reEstimateStats: batches must yield at least one batch',
    );
    const [good] = batchesOf([2], narrowNin.input);
    const [other] = batchesOf([2], narrowResnet.input);
    await expect(estimate(narrowNin, [good!, other!])).rejects.toThrow(/^reEstimateStats: .*must/);
    await expect(estimate(narrowNin, [good!], -1)).rejects.toThrow(
      'reEstimateStats: seed must be an integer in [0, 2^32), got -1.',
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});
