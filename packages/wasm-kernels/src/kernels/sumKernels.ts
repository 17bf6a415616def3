import {
  Mean,
  type MeanAttrs,
  type MeanInputs,
  Sum,
  type SumAttrs,
  type SumInputs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { fusedTrainingKernel, type TrainingKernel, trainingKernel } from '../trainingKernel.js';
import { addressOf, type WasmBackend } from '../wasmBackend.js';
import { pairBytes, pairSumsJob, reductionView } from './reductionView.js';

/**
 * `Sum` and `Mean` of float32, in float64 over blocks of float32: over any axes, except if reduced and kept axes
 * alternate too often.
 *
 * The sum of nothing is 0, its mean NaN.
 */
export function sumKernels(runtime: KernelRuntime): TrainingKernel[] {
  return [
    trainingKernel(Sum, ({ x }: SumInputs, attrs: SumAttrs, backend) =>
      reduce(runtime, backend, x as TensorInfo, attrs, () => 1),
    ),
    trainingKernel(Mean, ({ x }: MeanInputs, attrs: MeanAttrs, backend) =>
      reduce(runtime, backend, x as TensorInfo, attrs, (length) => length),
    ),
  ];
}

/** `NormlabTotal`, in float64. */
export function totalKernel(runtime: KernelRuntime): TrainingKernel {
  return fusedTrainingKernel('NormlabTotal', (inputs, _, backend) => {
    const tensors = Object.values(inputs);
    const total = backend.makeOutput([], 'float32');
    const sums = runtime.heap.allocate(8 * tensors.length);
    try {
      const entries = tensors.map((each) => ({
        x: addressOf(backend, each),
        floats: util.sizeFromShape(each.shape),
      }));
      const count = tensors.length;
      runtime.run({ kernel: 'total', job: { sums, tensors: entries }, tasks: count });
      runtime.run({
        kernel: 'total_finish',
        job: { sums, count, target: addressOf(backend, total) },
        tasks: 1,
      });
    } finally {
      runtime.heap.free(sums);
    }
    return [total];
  });
}

function reduce(
  runtime: KernelRuntime,
  backend: WasmBackend,
  x: TensorInfo,
  { axis, keepDims }: { axis?: number | number[]; keepDims?: boolean },
  divisor: (length: number) => number,
): TensorInfo | undefined {
  const allAxes = x.shape.map((_, i) => i);
  const axes = axis === undefined || axis === null ? allAxes : util.parseAxisParam(axis, x.shape);
  const isEmpty = x.shape.includes(0);
  const view = reductionView(x.shape, axes);
  if (x.dtype !== 'float32' || (view === undefined && !isEmpty)) return undefined;
  const shape = keepDims
    ? x.shape.map((size, i) => (axes.includes(i) ? 1 : size))
    : x.shape.filter((_, i) => !axes.includes(i));
  const result = backend.makeOutput(shape, 'float32');
  if (view === undefined) {
    backend.typedArrayFromHeap(result).fill(0 / divisor(0));
    return result;
  }
  const sums = runtime.heap.allocate(pairBytes(view));
  try {
    runtime.run(pairSumsJob(view, { x: addressOf(backend, x), y: 0, shifts: 0, sums }));
    const { stats, chunks, length } = view;
    runtime.run({
      kernel: 'sums_finish',
      job: { sums, target: addressOf(backend, result), stats, chunks, divisor: divisor(length) },
      tasks: 1,
    });
  } finally {
    runtime.heap.free(sums);
  }
  return result;
}
