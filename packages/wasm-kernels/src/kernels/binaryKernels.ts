import { Add, type BinaryInputs, Multiply, RealDiv, Sub, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { type TrainingKernel, trainingKernel } from '../trainingKernel.js';
import { addressOf } from '../wasmBackend.js';

/** About as many floats per task. */
const taskFloats = 16_384;

/** Smaller parts with repeated rows are left to tfjs: they are too small for a task. */
const leastFloats = 64;

/**
 * `Add`, `Sub`, `Multiply` and `RealDiv` of float32 tensors of one shape, or of a tensor and one that repeats over its
 * leading axes, such as a scalar or a row of channels, or that repeats per image over its middle axes.
 *
 * tfjs's own kernels are as fast on one thread; on several threads, its library waits for the slowest thread, which on
 * a busy machine may take longer than the rest of the step.
 */
export function binaryKernels(runtime: KernelRuntime): TrainingKernel[] {
  const operations = [
    [Add, 'add'],
    [Sub, 'subtract'],
    [Multiply, 'multiply'],
    [RealDiv, 'divide'],
  ] as const;
  return operations.map(([kernelName, operation]) =>
    trainingKernel(kernelName, (inputs: BinaryInputs, _: object, backend) => {
      const a = inputs.a as TensorInfo;
      const b = inputs.b as TensorInfo;
      if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
      const isSwapped = commutative.includes(kernelName) && repetitionOf(a, b) === undefined;
      const [whole, part] = isSwapped ? [b, a] : [a, b];
      const repetition = repetitionOf(whole, part);
      if (repetition === undefined) return undefined;
      const { outer, period } = repetition;
      const size = util.sizeFromShape(whole.shape);
      if (outer > 1 && size / outer < leastFloats) return undefined;
      const y = backend.makeOutput(whole.shape, 'float32');
      // A task begins at the row's first channel; 16 is the row into which a scalar is expanded.
      const row = period === size ? 1 : period === 1 ? 16 : period;
      const chunk = outer > 1 ? size / outer : Math.ceil(taskFloats / row) * row;
      runtime.run({
        kernel: 'binary',
        job: {
          a: addressOf(backend, whole),
          b: addressOf(backend, part),
          y: addressOf(backend, y),
          floats: size,
          period,
          chunk,
          operation,
          bStep: outer > 1 ? period : 0,
        },
        tasks: Math.ceil(size / chunk),
      });
      return y;
    }),
  );
}

/** Operations whose tensors may change places. */
const commutative: readonly string[] = [Add, Multiply];

type Shaped = Pick<TensorInfo, 'shape'>;

/** Whether `part`, repeated over leading axes, fills the shape of `whole`. */
export function repeats(whole: Shaped, part: Shaped): boolean {
  return repetitionOf(whole, part)?.outer === 1;
}

/**
 * How `part` fills the shape of `whole`: `outer` rows of `period` floats, each repeated until the next row begins.
 * Undefined if it does not fill the shape in this way.
 */
function repetitionOf(whole: Shaped, part: Shaped): { outer: number; period: number } | undefined {
  const missing = whole.shape.length - part.shape.length;
  if (missing < 0) return undefined;
  const aligned: number[] = [...new Array(missing).fill(1), ...part.shape];
  const isOwn = (size: number, axis: number) => size !== whole.shape[axis];
  const first = aligned.findIndex(isOwn);
  // The same shape: nothing repeats.
  if (first < 0) return { outer: 1, period: util.sizeFromShape(whole.shape) };
  const inner = aligned.findIndex((size, axis) => axis >= first && size !== 1);
  const rows = inner < 0 ? [] : aligned.slice(inner);
  if (rows.some((size, i) => isOwn(size, inner + i))) return undefined;
  return { outer: util.sizeFromShape(aligned.slice(0, first)), period: util.sizeFromShape(rows) };
}
