import { Relu, type ReluInputs, Tanh, type TanhInputs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { fusedTrainingKernel, type TrainingKernel, trainingKernel } from '../trainingKernel.js';
import { addressOf, sharedWith } from '../wasmBackend.js';

/** Floats of one task, as in `assembly/elementwise.ts`. */
const taskFloats = 16_384;

/** `Relu` and `Tanh`, and the gradients of ReLU and PReLU. */
export function elementwiseKernels(runtime: KernelRuntime): TrainingKernel[] {
  return [
    activation(runtime, Relu, 'relu_fwd'),
    activation(runtime, Tanh, 'tanh_fwd'),
    reluGradient(runtime),
    preluGradient(runtime),
    preluSlopeTerms(runtime),
  ];
}

function activation(
  runtime: KernelRuntime,
  kernelName: string,
  kernel: 'relu_fwd' | 'tanh_fwd',
): TrainingKernel {
  return trainingKernel(kernelName, (inputs: ReluInputs & TanhInputs, _: object, backend) => {
    const x = inputs.x as TensorInfo;
    // tfjs's own kernel reads booleans as if they were integers.
    if (x.dtype === 'bool' && kernelName === Relu) return sharedWith(backend, x);
    if (x.dtype !== 'float32') return undefined;
    const y = backend.makeOutput(x.shape, 'float32');
    const floats = util.sizeFromShape(x.shape);
    runtime.run({
      kernel,
      job: { x: addressOf(backend, x), y: addressOf(backend, y), floats },
      tasks: Math.ceil(floats / taskFloats),
    });
    return y;
  });
}

function reluGradient(runtime: KernelRuntime): TrainingKernel {
  return fusedTrainingKernel('NormlabReluGrad', ({ dy, y }, _, backend) => {
    const dx = backend.makeOutput(y.shape, 'float32');
    const floats = util.sizeFromShape(y.shape);
    runtime.run({
      kernel: 'relu_bwd',
      job: { dy: addressOf(backend, dy), y: addressOf(backend, y), dx: addressOf(backend, dx), floats },
      tasks: Math.ceil(floats / taskFloats),
    });
    return [dx];
  });
}

function preluGradient(runtime: KernelRuntime): TrainingKernel {
  return fusedTrainingKernel('NormlabPreluGrad', ({ dy, x, alpha }, _, backend) => {
    const dx = backend.makeOutput(x.shape, 'float32');
    const floats = util.sizeFromShape(x.shape);
    const period = util.sizeFromShape(alpha.shape);
    // A task takes whole periods of α; a single α is copied into a row of 16.
    const row = period === 1 ? 16 : period;
    const chunk = Math.ceil(taskFloats / row) * row;
    runtime.run({
      kernel: 'prelu_bwd_input',
      job: {
        dy: addressOf(backend, dy),
        x: addressOf(backend, x),
        alpha: addressOf(backend, alpha),
        dx: addressOf(backend, dx),
        floats,
        period,
        chunk,
      },
      tasks: Math.ceil(floats / chunk),
    });
    return [dx];
  });
}

function preluSlopeTerms(runtime: KernelRuntime): TrainingKernel {
  return fusedTrainingKernel('NormlabPreluSlopeTerms', ({ dy, x }, _, backend) => {
    const terms = backend.makeOutput(x.shape, 'float32');
    const floats = util.sizeFromShape(x.shape);
    runtime.run({
      kernel: 'prelu_bwd_slope',
      job: { dy: addressOf(backend, dy), x: addressOf(backend, x), terms: addressOf(backend, terms), floats },
      tasks: Math.ceil(floats / taskFloats),
    });
    return [terms];
  });
}
