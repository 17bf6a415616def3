import { dispose } from '@tensorflow/tfjs-core';
import * as ops from '../../src/index.js';
import * as batchNorm from '../reference/batchNorm.js';
import { groupNorm } from '../reference/groupNorm.js';
import { instanceNorm } from '../reference/instanceNorm.js';
import { layerNorm } from '../reference/layerNorm.js';
import { relu } from '../reference/relu.js';
import { rmsNorm } from '../reference/rmsNorm.js';
import { standardize } from '../reference/standardize.js';
import { acrossAxes, byChannel } from '../reference/standardizeSets.js';
import { weightStandardize } from '../reference/weightStandardize.js';
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
  readonly stats: batchNorm.StatsArrays;
};

/** Every operation, by its name, on given inputs. */
export const operations = {
  standardize: (inputs, { axes, epsilon }) =>
    standardizing(inputs, {
      setOf: acrossAxes(axes, inputs.x!.shape.length),
      epsilon,
      centred: true,
      run: (x) => {
        const { y, ...statistics } = ops.standardize(x, axes, { epsilon });
        dispose(statistics);
        return y;
      },
      reference: (x) => standardize(x, axes, epsilon).y,
    }),
  batchNormTrain: (inputs, { stats, epsilon, decay }) =>
    standardizing(inputs, {
      setOf: byChannel,
      epsilon,
      centred: true,
      run: (x, params) =>
        withStats(stats, (old) => {
          const { y, stats: moved } = ops.batchNormTrain(x, params, old, { epsilon, decay });
          dispose(moved);
          return y;
        }),
      reference: (x, params) => batchNorm.batchNormTrain(x, params, stats, { epsilon, decay }).y,
    }),
  // ReLU increases neither the distance of two values nor a gradient: the bounds of batch norm hold.
  batchNormReluTrain: (inputs, { stats, epsilon, decay }) =>
    standardizing(inputs, {
      setOf: byChannel,
      epsilon,
      centred: true,
      run: (x, params) =>
        withStats(stats, (old) => {
          const { y, stats: moved } = ops.batchNormReluTrain(x, params, old, { epsilon, decay });
          dispose(moved);
          return y;
        }),
      reference: (x, params) => relu(batchNorm.batchNormTrain(x, params, stats, { epsilon, decay }).y),
    }),
  constantBatchNormTrain: (inputs, { stats, epsilon, decay }) =>
    standardizing(inputs, {
      setOf: byChannel,
      epsilon,
      centred: true,
      run: (x) =>
        withStats(stats, (old) => {
          const { y, stats: moved } = ops.constantBatchNormTrain(x, old, { epsilon, decay });
          dispose(moved);
          return y;
        }),
      reference: (x) => batchNorm.batchNormTrain(x, {}, stats, { epsilon, decay }).y,
    }),
  batchNormInfer: (inputs, options) =>
    inferring(inputs, options, (x, params) =>
      withStats(options.stats, (stats) => ops.batchNormInfer(x, params, stats, options)),
    ),
  constantBatchNormInfer: (inputs, options) =>
    inferring(inputs, options, (x) =>
      withStats(options.stats, (stats) => ops.constantBatchNormInfer(x, stats, options)),
    ),
  layerNorm: (inputs, { axes, epsilon }) =>
    standardizing(inputs, {
      axes,
      setOf: acrossAxes(axes, inputs.x!.shape.length),
      epsilon,
      centred: true,
      run: (x, params) => ops.layerNorm(x, params, { axes, epsilon }),
      reference: (x, params) => layerNorm(x, params, { axes, epsilon }),
    }),
  instanceNorm: (inputs, { epsilon }) =>
    standardizing(inputs, {
      setOf: (at) => `${at[0]},${at.at(-1)}`,
      epsilon,
      centred: true,
      run: (x, params) => ops.instanceNorm(x, params, { epsilon }),
      reference: (x, params) => instanceNorm(x, params, { epsilon }),
    }),
  groupNorm: (inputs, { groups, epsilon }) =>
    standardizing(inputs, {
      setOf: (at) => `${at[0]},${Math.floor((at.at(-1)! * groups) / inputs.x!.shape.at(-1)!)}`,
      epsilon,
      centred: true,
      run: (x, params) => ops.groupNorm(x, params, { groups, epsilon }),
      reference: (x, params) => groupNorm(x, params, { groups, epsilon }),
    }),
  rmsNorm: (inputs, { axes, epsilon }) =>
    standardizing(inputs, {
      axes,
      setOf: acrossAxes(axes, inputs.x!.shape.length),
      epsilon,
      centred: false,
      run: (x, params) => ops.rmsNorm(x, params, { axes, epsilon }),
      reference: (x, params) => rmsNorm(x, params, { axes, epsilon }),
    }),
  weightNorm: weightNorming,
  weightStandardize: (inputs, { epsilon }) =>
    standardizing(inputs, {
      setOf: byChannel,
      epsilon,
      centred: true,
      run: (x) => ops.weightStandardize(x, { epsilon }),
      reference: (x) => weightStandardize(x, { epsilon }),
    }),
  foldedKernel,
  foldedBias,
} as const satisfies Record<string, (inputs: Arrays, options: CallOptions) => Operation>;
