import type { FusedKernels } from '@normlab/kernels';
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { fusedTrainingKernel, type TrainingKernel } from '../trainingKernel.js';
import { addressOf, sharedWith, type WasmBackend } from '../wasmBackend.js';
import { momentTables, runMoments } from './moments.js';
import { columnView, type ReductionView } from './reductionView.js';
import { withTables } from './statTables.js';

type Forward = FusedKernels<TensorInfo>['NormlabBatchNorm'];
type Backward = FusedKernels<TensorInfo>['NormlabBatchNormGrad'];

/** Channels per group of statistics, and vectors of each such group: see `assembly/batchNorm.ts`. */
const groupChannels = 4;
const tableVectors = 6;
/** Tables of the forward pass. */
const statTables = [...momentTables, 'means', 'variances'] as const;
/** Four adjacent tables, which the gradient's kernels see as one: the vectors of a group of terms are adjacent. */
const termsTables = ['terms', 'terms1', 'terms2', 'terms3'] as const;

/**
 * `NormlabBatchNorm` and `NormlabBatchNormGrad`, x of any shape [..., C]; sums are computed as for
 * `NormlabStandardize`.
 *
 * The gradient recomputes ŷ from `kept` and `table`. `kept` is x, or y if y equals ŷ, so that x can be freed.
 */
export function batchNormKernels(runtime: KernelRuntime): TrainingKernel[] {
  return [
    fusedTrainingKernel('NormlabBatchNorm', (inputs, attrs, backend) =>
      normalize(runtime, backend, inputs, attrs),
    ),
    fusedTrainingKernel('NormlabBatchNormGrad', (inputs, attrs, backend) =>
      gradient(runtime, backend, inputs, attrs),
    ),
  ];
}

function normalize(
  runtime: KernelRuntime,
  backend: WasmBackend,
  { x, mean, variance, scale, offset }: Forward['inputs'],
  { epsilon, decay, activation }: Forward['attrs'],
): Forward['outputs'] {
  const view = channelView(x);
  const { rows, channels, chunkRows, tasks } = view;
  const y = backend.makeOutput(x.shape, 'float32');
  const movedMean = backend.makeOutput([channels], 'float32');
  const movedVariance = backend.makeOutput([channels], 'float32');
  const table = backend.makeOutput(
    [Math.ceil(channels / groupChannels), tableVectors, groupChannels],
    'float32',
  );
  const address = (tensor: TensorInfo) => addressOf(backend, tensor);
  // No kernel writes the last group's lanes beyond C, and a tensor must not contain what was in its memory before. The
  // program may write here while threads work, as no job that they still have to do uses this memory.
  if (channels % groupChannels !== 0) {
    new Float32Array(runtime.heap.memory.buffer, address(table), util.sizeFromShape(table.shape)).fill(0);
  }
  const source = address(x);
  const orNone = (tensor: TensorInfo | undefined) => (tensor === undefined ? 0 : address(tensor));
  withTables(runtime, view, statTables, ({ sums, shifts, rests, inverses, means, variances }) => {
    runMoments(runtime, view, { source, sums, shifts, rests, inverses, means, variances }, epsilon);
    runtime.run({
      kernel: 'batch_norm_fwd_finish',
      job: {
        shifts,
        rests,
        inverses,
        means,
        variances,
        scale: orNone(scale),
        offset: orNone(offset),
        table: address(table),
        runningMean: address(mean),
        runningVariance: address(variance),
        movedMean: address(movedMean),
        movedVariance: address(movedVariance),
        channels,
        decay,
        share: 1 - decay,
      },
      tasks: 1,
    });
  });
  runtime.run({
    kernel: 'batch_norm_fwd_apply',
    job: {
      x: source,
      y: address(y),
      table: address(table),
      floor: floorOf(activation),
      rows,
      channels,
      chunkRows,
    },
    tasks,
  });
  if (scale !== undefined || offset !== undefined || activation === 'relu') {
    return [y, movedMean, movedVariance, sharedWith(backend, x), table];
  }
  makeNeutral(backend, table);
  return [y, movedMean, movedVariance, sharedWith(backend, y), table];
}

function gradient(
  runtime: KernelRuntime,
  backend: WasmBackend,
  { dy, kept, table }: Backward['inputs'],
  { epsilon, activation }: Backward['attrs'],
): Backward['outputs'] {
  const view = channelView(dy);
  const { rows, channels, chunkRows, chunks, tasks } = view;
  const dx = backend.makeOutput(dy.shape, 'float32');
  const dScale = backend.makeOutput([channels], 'float32');
  const dOffset = backend.makeOutput([channels], 'float32');
  const address = (tensor: TensorInfo) => addressOf(backend, tensor);
  const x = address(kept);
  const slope = address(dy);
  const coefficients = address(table);
  const floor = floorOf(activation);
  withTables(runtime, view, termsTables, ({ sums, terms }) => {
    runtime.run({
      kernel: 'batch_norm_bwd_sample',
      job: { x, dy: slope, table: coefficients, floor, rows, channels, chunkRows, terms },
      tasks: 1,
    });
    runtime.run({
      kernel: 'batch_norm_bwd_sums',
      job: { x, dy: slope, table: coefficients, floor, rows, channels, chunkRows, terms, sums },
      tasks,
    });
    runtime.run({
      kernel: 'batch_norm_bwd_finish',
      job: {
        table: coefficients,
        dScale: address(dScale),
        dOffset: address(dOffset),
        sums,
        terms,
        rows,
        channels,
        chunks,
        epsilon,
      },
      tasks: 1,
    });
    runtime.run({
      kernel: 'batch_norm_bwd_apply',
      job: {
        x,
        dy: slope,
        table: coefficients,
        floor,
        rows,
        channels,
        chunkRows,
        terms,
        dx: address(dx),
      },
      tasks,
    });
  });
  return [dx, dScale, dOffset];
}

function channelView({ shape }: TensorInfo): ReductionView {
  const channels = shape.at(-1)!;
  return columnView(util.sizeFromShape(shape) / channels, channels);
}

/** 0 with ReLU, NaN without: every comparison with NaN is false, so nothing is clamped. */
function floorOf(activation: 'identity' | 'relu'): number {
  return activation === 'relu' ? 0 : Number.NaN;
}

/** Changes a table so that it maps ŷ to ŷ: ((ŷ − 0) − 0)·1. */
function makeNeutral(backend: WasmBackend, table: TensorInfo): void {
  const values = backend.typedArrayFromHeap(table);
  for (let group = 0; group < values.length; group += tableVectors * groupChannels) {
    values.fill(0, group, group + 2 * groupChannels);
    values.fill(1, group + 2 * groupChannels, group + 3 * groupChannels);
  }
}
