import type { FusedKernels } from '@normlab/kernels';
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { floatBits, type KernelRuntime } from '../runtime/kernelRuntime.js';
import { fusedTrainingKernel, type TrainingKernel } from '../trainingKernel.js';
import { addressOf, sharedWith, type WasmBackend } from '../wasmBackend.js';
import { momentTables, runMoments } from './moments.js';
import { columnView, type ReductionView } from './reductionView.js';
import { withTables } from './statTables.js';

type Forward = FusedKernels<TensorInfo>['NormlabBatchNorm'];
type Backward = FusedKernels<TensorInfo>['NormlabBatchNormGrad'];

/** Channels whose statistics lie together, and vectors of each such group: see `assembly/batchNorm.ts`. */
const groupChannels = 4;
const frameVectors = 6;
const termsVectors = 4;

/**
 * `NormlabBatchNorm` and `NormlabBatchNormGrad`, x of any shape [..., C]; sums are made as for `NormlabStandardize`.
 *
 * The gradient computes ŷ again from `kept` and `frame`. `kept` is x, or y where y is ŷ itself, so that x can be freed.
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
  const frame = backend.makeOutput(
    [Math.ceil(channels / groupChannels), frameVectors, groupChannels],
    'float32',
  );
  // The last group's lanes beyond C are written by no kernel, and a tensor has no bits by chance.
  if (channels % groupChannels !== 0) backend.typedArrayFromHeap(frame).fill(0);
  const source = addressOf(backend, x);
  const orNone = (tensor: TensorInfo | undefined) => (tensor === undefined ? 0 : addressOf(backend, tensor));
  withTables(runtime, view, [...momentTables, 'means', 'variances'], (tables) => {
    runMoments(runtime, view, { source, ...tables }, epsilon);
    const { shifts, rests, inverses, means, variances } = tables;
    runtime.run({
      kernel: 'finishBatchNorm',
      words: [
        ...[shifts, rests, inverses, means, variances, orNone(scale), orNone(offset)],
        ...[frame, mean, variance, movedMean, movedVariance].map((each) => addressOf(backend, each)),
        ...[channels, floatBits(decay), floatBits(1 - decay)],
      ],
      tasks: 1,
    });
  });
  const addresses = [source, addressOf(backend, y), addressOf(backend, frame)];
  runtime.run({
    kernel: 'applyBatchNorm',
    words: [...addresses, floorOf(activation), rows, channels, chunkRows],
    tasks,
  });
  if (scale !== undefined || offset !== undefined || activation === 'relu') {
    return [y, movedMean, movedVariance, sharedWith(backend, x), frame];
  }
  makeNeutral(backend, frame);
  return [y, movedMean, movedVariance, sharedWith(backend, y), frame];
}

function gradient(
  runtime: KernelRuntime,
  backend: WasmBackend,
  { dy, kept, frame }: Backward['inputs'],
  { epsilon, activation }: Backward['attrs'],
): Backward['outputs'] {
  const view = channelView(dy);
  const { rows, channels, chunkRows, chunks, tasks } = view;
  const dx = backend.makeOutput(dy.shape, 'float32');
  const dScale = backend.makeOutput([channels], 'float32');
  const dOffset = backend.makeOutput([channels], 'float32');
  const [x, slope, statistics, target, scaleTarget, offsetTarget] = [
    ...[kept, dy, frame],
    ...[dx, dScale, dOffset],
  ].map((each) => addressOf(backend, each)) as [number, number, number, number, number, number];
  const terms = Array.from({ length: termsVectors }, (_, i) => `terms${i}` as const);
  withTables(runtime, view, terms, ({ sums, ...tables }) => {
    const first = tables.terms0!;
    const inputs = [x, slope, statistics, floorOf(activation), rows, channels, chunkRows, first];
    runtime.run({ kernel: 'sampleBatchNormShifts', words: inputs, tasks: 1 });
    runtime.run({ kernel: 'sumBatchNormPairs', words: [...inputs, sums], tasks });
    runtime.run({
      kernel: 'finishBatchNormGradient',
      words: [
        ...[sums, statistics, first, scaleTarget, offsetTarget],
        ...[rows, channels, chunks, floatBits(epsilon)],
      ],
      tasks: 1,
    });
    runtime.run({ kernel: 'applyBatchNormGradient', words: [...inputs, target], tasks });
  });
  return [dx, dScale, dOffset];
}

function channelView({ shape }: TensorInfo): ReductionView {
  const channels = shape.at(-1)!;
  return columnView(util.sizeFromShape(shape) / channels, channels);
}

/** What no value falls below: 0 for ReLU; NaN is below nothing. */
function floorOf(activation: 'identity' | 'relu'): number {
  return floatBits(activation === 'relu' ? 0 : Number.NaN);
}

/** Has a frame make ŷ of ŷ: ((ŷ − 0) − 0)·1. */
function makeNeutral(backend: WasmBackend, frame: TensorInfo): void {
  const values = backend.typedArrayFromHeap(frame);
  for (let group = 0; group < values.length; group += frameVectors * groupChannels) {
    values.fill(0, group, group + 2 * groupChannels);
    values.fill(1, group + 2 * groupChannels, group + 3 * groupChannels);
  }
}
