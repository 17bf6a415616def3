import { engine, type Tensor, type TensorInfo, tidy, transpose } from '@tensorflow/tfjs-core';
import { floatBits, type KernelRuntime } from '../runtime/kernelRuntime.js';
import { type TrainingKernel, trainingKernel } from '../trainingKernel.js';
import { addressOf, type WasmBackend } from '../wasmBackend.js';
import { pairBytes, type ReductionView, reductionView, sumPairsJob } from './reductionView.js';

type StandardizeAttrs = { readonly axes: readonly number[]; readonly epsilon: number };

/** Rounds after the first in which a shift far from the mean is replaced by the mean just found. */
const mostCorrections = 2;

/**
 * `NormlabStandardize`, `{ x }` → [y, mean, variance], and `NormlabStandardizeGrad`, `{ dy, y, variance }` →
 * [dx, mean dy, mean(dy·y)].
 *
 * y = (x − μ)/√(σ² + ε); dx = (dy − mean dy − y·mean(dy·y))/√(σ² + ε), over `axes`. The biased variance is
 * taken of x less a value near its mean, so that it stays right when the mean is far from 0.
 */
export function standardizeKernels(runtime: KernelRuntime): TrainingKernel[] {
  const forward = trainingKernel(
    'NormlabStandardize',
    (inputs: { x: Tensor }, attrs: StandardizeAttrs, backend) =>
      standardize(runtime, backend, inputs.x, attrs) ?? transposed('NormlabStandardize', inputs, attrs),
  );
  const backward = trainingKernel(
    'NormlabStandardizeGrad',
    (inputs: { dy: Tensor; y: Tensor; variance: Tensor }, attrs: StandardizeAttrs, backend) =>
      gradient(runtime, backend, inputs, attrs) ?? transposed('NormlabStandardizeGrad', inputs, attrs),
  );
  return [forward, backward];
}

function standardize(
  runtime: KernelRuntime,
  backend: WasmBackend,
  x: TensorInfo,
  { axes, epsilon }: StandardizeAttrs,
): TensorInfo[] | undefined {
  const view = reductionView(x.shape, axes);
  if (view === undefined) return undefined;
  const keptShape = x.shape.filter((_, axis) => !axes.includes(axis));
  const [y, mean, variance] = [x.shape, keptShape, keptShape].map((shape) =>
    backend.makeOutput(shape, 'float32'),
  ) as [TensorInfo, TensorInfo, TensorInfo];
  const source = addressOf(backend, x);
  withTables(runtime, view, ({ sums, shifts, rests, inverses, flag }) => {
    const { batch, rows, channels, inner, stats, chunks, length } = view;
    runtime.run({
      kernel: 'sampleShifts',
      words: [source, shifts, batch, rows, channels, inner],
      tasks: batch,
    });
    for (let round = 0; round <= mostCorrections; round++) {
      runtime.run(sumPairsJob(view, { x: source, y: 0, shifts, sums }));
      const results = [rests, inverses, addressOf(backend, mean), addressOf(backend, variance)];
      runtime.run({
        kernel: 'finishMoments',
        words: [sums, shifts, ...results, stats, chunks, length, floatBits(epsilon), flag],
        tasks: 1,
      });
      if (runtime.heap.readWord(flag) === 0) break;
    }
    runApply(runtime, view, [source, 0, addressOf(backend, y), shifts, rests, 0, inverses]);
  });
  return [y, mean, variance];
}

function gradient(
  runtime: KernelRuntime,
  backend: WasmBackend,
  { dy, y, variance }: { dy: TensorInfo; y: TensorInfo; variance: TensorInfo },
  { axes, epsilon }: StandardizeAttrs,
): TensorInfo[] | undefined {
  const view = reductionView(dy.shape, axes);
  if (view === undefined) return undefined;
  const [dx, mean, slope] = [dy.shape, variance.shape, variance.shape].map((shape) =>
    backend.makeOutput(shape, 'float32'),
  ) as [TensorInfo, TensorInfo, TensorInfo];
  const [source, output, target, means, slopes] = [dy, y, dx, mean, slope].map((tensor) =>
    addressOf(backend, tensor),
  ) as [number, number, number, number, number];
  withTables(runtime, view, ({ sums, shifts, rests, inverses }) => {
    const { batch, rows, channels, inner, stats, chunks, length } = view;
    runtime.run({
      kernel: 'sampleShifts',
      words: [source, shifts, batch, rows, channels, inner],
      tasks: batch,
    });
    runtime.run(sumPairsJob(view, { x: source, y: output, shifts, sums }));
    const tables = [rests, slopes, inverses, addressOf(backend, variance)];
    runtime.run({
      kernel: 'finishGradient',
      words: [sums, ...tables, stats, chunks, length, floatBits(epsilon), shifts, means],
      tasks: 1,
    });
    runApply(runtime, view, [source, output, target, shifts, rests, slopes, inverses]);
  });
  return [dx, mean, slope];
}

function runApply(runtime: KernelRuntime, view: ReductionView, addresses: readonly number[]): void {
  const { batch, rows, channels, inner, chunkRows, chunks, batchStep, tasks } = view;
  runtime.run({
    kernel: 'applyStandardize',
    words: [...addresses, batch, rows, channels, inner, chunkRows, chunks, batchStep],
    tasks,
  });
}

type Tables = Record<'sums' | 'shifts' | 'rests' | 'inverses' | 'flag', number>;

/** Lends memory for the sums and for one float of each kind a statistic. */
function withTables(runtime: KernelRuntime, view: ReductionView, use: (tables: Tables) => void): void {
  const tableBytes = 16 * Math.ceil(view.stats / 4);
  const sums = runtime.heap.allocate(pairBytes(view) + 3 * tableBytes + 16);
  const shifts = sums + pairBytes(view);
  const rests = shifts + tableBytes;
  const inverses = rests + tableBytes;
  try {
    use({ sums, shifts, rests, inverses, flag: inverses + tableBytes });
  } finally {
    runtime.heap.free(sums);
  }
}

/**
 * The same through a transpose, for axes that are scattered too widely: kept axes first, reduced ones last.
 *
 * Undefined where they stand like that already, and it is the shape that the kernels do not do.
 */
function transposed(
  kernelName: string,
  inputs: Readonly<Record<string, Tensor>>,
  { axes, epsilon }: StandardizeAttrs,
): TensorInfo[] | undefined {
  const { x, dy, y, variance } = inputs;
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
    return [transpose(result!, back), ...statistics];
  });
}
