import { twins } from '@normlab/testing';
import { dispose } from '@tensorflow/tfjs-core';
import * as ops from '../../src/index.js';
import { foldedBias, foldedKernel } from './folding.js';
import { inferring } from './inferring.js';
import type { Arrays, Operation } from './operation.js';
import { withStats } from './samples.js';
import { standardizing } from './standardizing.js';
import { weightNorming } from './weightNorming.js';

/** All scalar options and statistics of all operations; each operation ignores those that it does not have. */
export type CallOptions = {
  readonly epsilon: number;
  readonly axes: readonly number[];
  readonly groups: number;
  readonly decay: number;
  readonly stats: twins.StatsArrays;
};

/** Every operation, by its name, on given inputs. */
export const operations = {
  standardize: (inputs, { axes, epsilon }) =>
    standardizing(inputs, {
      setOf: twins.acrossAxes(axes, inputs.x!.shape),
      epsilon,
      centred: true,
      run: (x) => {
        const { y, ...statistics } = ops.standardize(x, axes, { epsilon });
        dispose(statistics);
        return y;
      },
      reference: (x) => twins.standardize(x, axes, epsilon).y,
    }),
  batchNormTrain: (inputs, { stats, epsilon, decay }) =>
    standardizing(inputs, {
      setOf: twins.byChannel,
      epsilon,
      centred: true,
      run: (x, params) =>
        withStats(stats, (old) => {
          const { y, stats: moved } = ops.batchNormTrain(x, params, old, { epsilon, decay });
          dispose(moved);
          return y;
        }),
      reference: (x, params) => twins.batchNormTrain(x, params, stats, { epsilon, decay }).y,
    }),
  // ReLU increases neither the distance of two values nor a gradient: the bounds of batch norm hold.
  batchNormReluTrain: (inputs, { stats, epsilon, decay }) =>
    standardizing(inputs, {
      setOf: twins.byChannel,
      epsilon,
      centred: true,
      run: (x, params) =>
        withStats(stats, (old) => {
          const { y, stats: moved } = ops.batchNormReluTrain(x, params, old, { epsilon, decay });
          dispose(moved);
          return y;
        }),
      reference: (x, params) => twins.relu(twins.batchNormTrain(x, params, stats, { epsilon, decay }).y),
    }),
  constantBatchNormTrain: (inputs, { stats, epsilon, decay }) =>
    standardizing(inputs, {
      setOf: twins.byChannel,
      epsilon,
      centred: true,
      run: (x) =>
        withStats(stats, (old) => {
          const { y, stats: moved } = ops.constantBatchNormTrain(x, old, { epsilon, decay });
          dispose(moved);
          return y;
        }),
      reference: (x) => twins.batchNormTrain(x, {}, stats, { epsilon, decay }).y,
    }),
  batchNormInfer: (inputs, options) =>
    inferring(inputs, options, (x, params) =>
      withStats(options.stats, (stats) => ops.batchNormInfer(x, params, stats, { epsilon: options.epsilon })),
    ),
  constantBatchNormInfer: (inputs, options) =>
    inferring(inputs, options, (x) =>
      withStats(options.stats, (stats) => ops.constantBatchNormInfer(x, stats, { epsilon: options.epsilon })),
    ),
  layerNorm: (inputs, { axes, epsilon }) =>
    standardizing(inputs, {
      axes,
      setOf: twins.acrossAxes(axes, inputs.x!.shape),
      epsilon,
      centred: true,
      run: (x, params) => ops.layerNorm(x, params, { axes, epsilon }),
      reference: (x, params) => twins.layerNorm(x, params, { axes, epsilon }),
    }),
  instanceNorm: (inputs, { epsilon }) =>
    standardizing(inputs, {
      setOf: (at) => `${at[0]},${at.at(-1)}`,
      epsilon,
      centred: true,
      run: (x, params) => ops.instanceNorm(x, params, { epsilon }),
      reference: (x, params) => twins.instanceNorm(x, params, { epsilon }),
    }),
  groupNorm: (inputs, { groups, epsilon }) =>
    standardizing(inputs, {
      setOf: (at) => `${at[0]},${Math.floor((at.at(-1)! * groups) / inputs.x!.shape.at(-1)!)}`,
      epsilon,
      centred: true,
      run: (x, params) => ops.groupNorm(x, params, { groups, epsilon }),
      reference: (x, params) => twins.groupNorm(x, params, { groups, epsilon }),
    }),
  rmsNorm: (inputs, { axes, epsilon }) =>
    standardizing(inputs, {
      axes,
      setOf: twins.acrossAxes(axes, inputs.x!.shape),
      epsilon,
      centred: false,
      run: (x, params) => ops.rmsNorm(x, params, { axes, epsilon }),
      reference: (x, params) => twins.rmsNorm(x, params, { axes, epsilon }),
    }),
  weightNorm: weightNorming,
  weightStandardize: (inputs, { epsilon }) =>
    standardizing(inputs, {
      setOf: twins.byChannel,
      epsilon,
      centred: true,
      run: (x) => ops.weightStandardize(x, { epsilon }),
      reference: (x) => twins.weightStandardize(x, { epsilon }),
    }),
  foldedKernel,
  foldedBias,
} as const satisfies Record<string, (inputs: Arrays, options: CallOptions) => Operation>;
