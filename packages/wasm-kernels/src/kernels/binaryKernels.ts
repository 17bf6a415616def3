import { Add, type BinaryInputs, Multiply, Sub, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { type TrainingKernel, trainingKernel } from '../trainingKernel.js';
import { addressOf } from '../wasmBackend.js';

/** Floats of one task, about. */
const taskFloats = 16_384;

/**
 * `Add`, `Sub` and `Multiply` of float32 tensors of one shape, or of one with a scalar or a row of channels.
 *
 * tfjs's own are as fast on one thread; shared out by its library, they wait for the slowest thread, which on a
 * busy machine may take longer than the rest of the step.
 */
export function binaryKernels(runtime: KernelRuntime): TrainingKernel[] {
  return [Add, Sub, Multiply].map((kernelName, which) =>
    trainingKernel(kernelName, (inputs: BinaryInputs, _: object, backend) => {
      const a = inputs.a as TensorInfo;
      const b = inputs.b as TensorInfo;
      if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
      const [whole, part] = kernelName !== Sub && repeats(b, a) ? [b, a] : [a, b];
      if (!repeats(whole, part)) return undefined;
      const y = backend.makeOutput(whole.shape, 'float32');
      const size = util.sizeFromShape(whole.shape);
      const period = util.sizeFromShape(part.shape);
      // A task begins at the row's first channel; 16 stands for the row that a scalar is made into.
      const row = period === size ? 1 : period === 1 ? 16 : period;
      const chunk = Math.ceil(taskFloats / row) * row;
      runtime.run({
        kernel: 'binary',
        words: [...[whole, part, y].map((each) => addressOf(backend, each)), size, period, chunk, which],
        tasks: Math.ceil(size / chunk),
      });
      return y;
    }),
  );
}

/** Whether `part` fills the shape of `whole` by being repeated over leading axes. */
export function repeats(whole: Pick<TensorInfo, 'shape'>, part: Pick<TensorInfo, 'shape'>): boolean {
  const missing = whole.shape.length - part.shape.length;
  if (missing < 0) return false;
  const aligned = [...new Array(missing).fill(1), ...part.shape];
  const from = aligned.findIndex((size) => size !== 1);
  return from < 0 || whole.shape.slice(from).every((size, i) => size === aligned[from + i]);
}
