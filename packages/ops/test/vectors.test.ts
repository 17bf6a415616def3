import { readdirSync, readFileSync } from 'node:fs';
import {
  type BatchNormTrainOptions,
  batchNormReluTrain,
  batchNormTrain,
  constantBatchNormTrain,
  type RunningStats,
  standardize,
} from '@normlab/ops';
import {
  arrayOf,
  everySetting,
  expectWithin,
  gamma,
  type NdArray,
  onBackends,
  read,
  readAll,
  toTensor,
  type twins,
  unitRoundoff,
} from '@normlab/testing';
import type * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { gradientsOf } from './harness/itIsDifferentiable.js';
import { type Arrays, tensorsOf } from './harness/operation.js';
import { type CallOptions, operations } from './harness/operations.js';
import { callOptions } from './harness/options.js';
import { runningBounds } from './harness/runningBounds.js';
import { withStats } from './harness/samples.js';

/** As vectors/README.md describes them. */
type VectorCase = {
  readonly title: string;
  readonly options: Partial<CallOptions>;
  readonly stats?: twins.StatsArrays;
  readonly inputs: Arrays;
  readonly dy: NdArray;
  readonly output: NdArray;
  readonly gradients: Arrays;
  readonly moved?: twins.StatsArrays;
  readonly statistics?: twins.StatsArrays;
};

const folder = new URL('../../../vectors/ops/', import.meta.url);

function casesOf(name: string): VectorCase[] {
  const { cases } = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as {
    cases: VectorCase[];
  };
  return cases;
}

function optionsOf({ options, stats }: VectorCase): CallOptions {
  return callOptions(1, { ...options, ...(stats === undefined ? {} : { stats }) });
}

const names = Object.keys(operations) as (keyof typeof operations)[];

it('there are vectors for every operation', () => {
  expect(readdirSync(folder).sort()).toEqual(names.map((name) => `${name}.json`).sort());
});

onBackends('vectors', everySetting, () => {
  describe.each(names)('%s ≈ PyTorch’s in float64', (name) => {
    it.each(casesOf(name))('$title', async (vector) => {
      const operation = operations[name](vector.inputs, optionsOf(vector));
      const bounds = operation.bounds(vector.dy);
      const y = await read(() => operation.run(tensorsOf(vector.inputs)));
      expectWithin(y, vector.output, bounds.output);
      const gradients = await gradientsOf(operation, vector.dy);
      for (const [input, expected] of Object.entries(vector.gradients)) {
        expectWithin(gradients[input]!.values, expected, bounds.gradients[input]!);
      }
    });
  });

  const train = {
    batchNormTrain: (x: tf.Tensor, stats: RunningStats, options: BatchNormTrainOptions) =>
      batchNormTrain(x, {}, stats, options),
    batchNormReluTrain: (x: tf.Tensor, stats: RunningStats, options: BatchNormTrainOptions) =>
      batchNormReluTrain(x, {}, stats, options),
    constantBatchNormTrain,
  };
  const trained = (['batchNormTrain', 'batchNormReluTrain', 'constantBatchNormTrain'] as const).flatMap(
    (name) => casesOf(name).map((vector) => ({ name, ...vector })),
  );
  it.each(trained)(
    'stats′ of $name ≈ PyTorch’s, except for m / (m − 1): $title',
    async ({ name, ...vector }) => {
      const { epsilon, decay, stats } = optionsOf(vector);
      const x = vector.inputs.x!;
      const moved = await readAll(() =>
        withStats(stats, (old) => train[name](toTensor(x), old, { epsilon, decay }).stats),
      );
      // PyTorch adds (1 − decay) · unbiased, we add (1 − decay) · biased = unbiased · (m − 1) / m.
      const m = x.values.length / x.shape.at(-1)!;
      const expected = arrayOf(stats.variance.shape, (_, channel) => {
        const kept = decay * stats.variance.values[channel]!;
        return kept + ((vector.moved!.variance.values[channel]! - kept) * (m - 1)) / m;
      });
      const bounds = runningBounds(x, stats, decay);
      expectWithin(moved.mean.values, vector.moved!.mean, bounds.mean);
      expectWithin(moved.variance.values, expected, bounds.variance);
    },
  );

  it.each(casesOf('standardize'))('mean and variance ≈ PyTorch’s: $title', async (vector) => {
    const { axes, epsilon } = optionsOf(vector);
    const x = vector.inputs.x!;
    const made = await readAll(() => standardize(toTensor(x), axes, { epsilon }));
    // A mean over up to 24 numbers below 3: see runningBounds, with reach 6 and σ ≤ 3.
    const g = gamma(24 + 8);
    const error = 4 * g * 6 + 3 * unitRoundoff;
    const bound = (of: NdArray, most: number) => arrayOf(of.shape, () => most);
    const { mean, variance } = vector.statistics!;
    expectWithin(made.mean.values, mean, bound(mean, error));
    expectWithin(made.variance.values, variance, bound(variance, 9 * g + 6 * error + error ** 2));
  });
});
