import { Add, type BinaryInputs, Multiply, Sub, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { type TrainingKernel, trainingKernel } from '../trainingKernel.js';
import { addressOf } from '../wasmBackend.js';

/** Floats of one task, about. */
const taskFloats = 16_384;

/** Floats below which parts that have repeated rows of their own are left to tfjs: too little for a task. */
const leastFloats = 64;

/**
 * `Add`, `Sub` and `Multiply` of float32 tensors of one shape, or of one with what repeats over its leading axes, as a
 * scalar or a row of channels does, or, for each image, over its middle ones.
 *
 * tfjs's own are as fast on one thread; shared out by its library, they wait for the slowest thread, which on a
 * busy machine may take longer than the rest of the step.
 */
export function binaryKernels(runtime: KernelRuntime): TrainingKernel[] {
  const operations = [
    [Add, 'add'],
    [Sub, 'subtract'],
    [Multiply, 'multiply'],
  ] as const;
  return operations.map(([kernelName, operation]) =>
    trainingKernel(kernelName, (inputs: BinaryInputs, _: object, backend) => {
      const a = inputs.a as TensorInfo;
      const b = inputs.b as TensorInfo;
      if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
      const isSwapped = kernelName !== Sub && repetitionOf(a, b) === undefined;
      const [whole, part] = isSwapped ? [b, a] : [a, b];
      const repetition = repetitionOf(whole, part);
      if (repetition === undefined) return undefined;
      const { outer, period } = repetition;
      const size = util.sizeFromShape(whole.shape);
      if (outer > 1 && size / outer < leastFloats) return undefined;
      const y = backend.makeOutput(whole.shape, 'float32');
      // A task begins at the row's first channel; 16 stands for the row that a scalar is made into.
      const row = period === size ? 1 : period === 1 ? 16 : period;
      const chunk = outer > 1 ? size / outer : Math.ceil(taskFloats / row) * row;
      runtime.run({
        kernel: 'binary',
        job: {
          a: addressOf(backend, whole),
          b: addressOf(backend, part),
          y: addressOf(backend, y),
          floats: size,
          ...{ period, chunk, operation },
          bStep: outer > 1 ? period : 0,
        },
        tasks: Math.ceil(size / chunk),
      });
      return y;
    }),
  );
}

type Shaped = Pick<TensorInfo, 'shape'>;

/** Whether `part` fills the shape of `whole` by being repeated over leading axes. */
export function repeats(whole: Shaped, part: Shaped): boolean {
  return repetitionOf(whole, part)?.outer === 1;
}

/**
 * How `part` fills the shape of `whole`: `outer` rows of `period` floats, each repeated until the next one's turn.
 * Undefined where it does not, or not like that.
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
