import type { FusedKernels, StandardizeAttrs } from '@normlab/kernels';
import { engine, type Tensor, type TensorInfo, tidy, transpose } from '@tensorflow/tfjs-core';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { fusedTrainingKernel, type TrainingKernel } from '../trainingKernel.js';
import { addressOf, type WasmBackend } from '../wasmBackend.js';
import { momentTables, runApply, runMoments } from './moments.js';
import { pairSumsJob, reductionView, sampleJob } from './reductionView.js';
import { withTables } from './statTables.js';

type Backward = FusedKernels<TensorInfo>['NormlabStandardizeGrad'];
/** [y, mean, variance], or [dx, mean dy, mean(dy·y)]. */
type Outputs = [TensorInfo, TensorInfo, TensorInfo];

/**
 * `NormlabStandardize` and `NormlabStandardizeGrad`.
 *
 * A value near the mean is subtracted from x first, so that the variance stays accurate if the mean is far from 0.
 */
export function standardizeKernels(runtime: KernelRuntime): TrainingKernel[] {
  const forward = fusedTrainingKernel(
    'NormlabStandardize',
    (inputs, attrs, backend) =>
      standardize(runtime, backend, inputs.x, attrs) ?? transposed('NormlabStandardize', inputs, attrs),
  );
  const backward = fusedTrainingKernel(
    'NormlabStandardizeGrad',
    (inputs, attrs, backend) =>
      gradient(runtime, backend, inputs, attrs) ?? transposed('NormlabStandardizeGrad', inputs, attrs),
  );
  return [forward, backward];
}

function standardize(
  runtime: KernelRuntime,
  backend: WasmBackend,
  x: TensorInfo,
  { axes, epsilon }: StandardizeAttrs,
): Outputs | undefined {
  const view = reductionView(x.shape, axes);
  if (view === undefined) return undefined;
  const keptShape = x.shape.filter((_, axis) => !axes.includes(axis));
  const [y, mean, variance] = [x.shape, keptShape, keptShape].map((shape) =>
    backend.makeOutput(shape, 'float32'),
  ) as [TensorInfo, TensorInfo, TensorInfo];
  const [source, target, means, variances] = [x, y, mean, variance].map((each) =>
    addressOf(backend, each),
  ) as [number, number, number, number];
  withTables(runtime, view, momentTables, (tables) => {
    runMoments(runtime, view, { source, means, variances, ...tables }, epsilon);
    runApply(runtime, view, { source, target, ...tables });
  });
  return [y, mean, variance];
}

function gradient(
  runtime: KernelRuntime,
  backend: WasmBackend,
  { dy, y, variance }: Backward['inputs'],
  { axes, epsilon }: StandardizeAttrs,
): Outputs | undefined {
  const view = reductionView(dy.shape, axes);
  if (view === undefined) return undefined;
  const [dx, mean, slope] = [dy.shape, variance.shape, variance.shape].map((shape) =>
    backend.makeOutput(shape, 'float32'),
  ) as [TensorInfo, TensorInfo, TensorInfo];
  const [source, output, target, means, slopes] = [dy, y, dx, mean, slope].map((tensor) =>
    addressOf(backend, tensor),
  ) as [number, number, number, number, number];
  withTables(runtime, view, ['shifts', 'rests', 'inverses'], ({ sums, shifts, rests, inverses }) => {
    const { stats, chunks, length } = view;
    runtime.run(sampleJob(view, source, shifts));
    runtime.run(pairSumsJob(view, { x: source, y: output, shifts, sums }));
    const variances = addressOf(backend, variance);
    runtime.run({
      kernel: 'standardize_bwd_finish',
      job: { sums, rests, slopes, inverses, variances, stats, chunks, length, epsilon, shifts, means },
      tasks: 1,
    });
    runApply(runtime, view, { source, y: output, target, shifts, rests, slopes, inverses });
  });
  return [dx, mean, slope];
}

/**
 * The same with a transpose, if reduced and kept axes alternate too often: kept axes first, reduced axes last.
 *
 * Undefined if the axes have this order already: then the kernels do not support the shape.
 */
function transposed(
  kernelName: string,
  // The engine passes tensors to its kernels.
  tensors: Readonly<Record<string, TensorInfo>>,
  { axes, epsilon }: StandardizeAttrs,
): Outputs | undefined {
  const { x, dy, y, variance } = tensors as Readonly<Record<string, Tensor>>;
  const rank = (x ?? dy)!.rank;
  const all = Array.from({ length: rank }, (_, axis) => axis);
  const order = [...all.filter((axis) => !axes.includes(axis)), ...all.filter((axis) => axes.includes(axis))];
  const back = all.map((axis) => order.indexOf(axis));
  const attrs = { axes: all.slice(rank - axes.length), epsilon };
  if (all.every((axis) => order[axis] === axis)) return undefined;
  return tidy(() => {
    const sorted =
      x !== undefined
        ? { x: transpose(x, order) }
        : { dy: transpose(dy!, order), y: transpose(y!, order), variance: variance! };
    const [result, ...statistics] = engine().runKernel<Tensor[]>(kernelName, sorted, attrs);
    return [transpose(result!, back), ...statistics] as Tensor[] as [Tensor, Tensor, Tensor];
  });
}
