import { Relu, type ReluInputs, Tanh, type TanhInputs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { floatBits, type KernelRuntime } from '../runtime/kernelRuntime.js';
import { fusedTrainingKernel, type TrainingKernel, trainingKernel } from '../trainingKernel.js';
import { addressOf } from '../wasmBackend.js';

/** Floats of one task, as in `assembly/elementwise.ts`. */
const taskFloats = 16_384;

/** `Relu` and `Tanh`, and the gradients of ReLU and PReLU. */
export function elementwiseKernels(runtime: KernelRuntime): TrainingKernel[] {
  return [
    activation(runtime, Relu, 'relu'),
    activation(runtime, Tanh, 'tanh'),
    reluGradient(runtime),
    preluGradient(runtime),
    preluSlopeTerms(runtime),
  ];
}

/** `NormlabSgdMomentum`. */
export function sgdMomentumKernel(runtime: KernelRuntime): TrainingKernel {
  return fusedTrainingKernel('NormlabSgdMomentum', ({ param, grad, velocity }, attrs, backend) => {
    const { learningRate, momentum, weightDecay, nesterov } = attrs;
    const newParam = backend.makeOutput(param.shape, 'float32');
    const newVelocity = backend.makeOutput(param.shape, 'float32');
    const size = util.sizeFromShape(param.shape);
    const tensors = [param, grad, velocity, newParam, newVelocity];
    runtime.run({
      kernel: 'sgdMomentum',
      words: [
        ...tensors.map((tensor) => addressOf(backend, tensor)),
        size,
        ...[learningRate, momentum, weightDecay].map(floatBits),
        nesterov ? 1 : 0,
      ],
      tasks: Math.ceil(size / taskFloats),
    });
    return [newParam, newVelocity];
  });
}

function activation(runtime: KernelRuntime, kernelName: string, kernel: 'relu' | 'tanh'): TrainingKernel {
  return trainingKernel(kernelName, (inputs: ReluInputs & TanhInputs, _: object, backend) => {
    const x = inputs.x as TensorInfo;
    if (x.dtype !== 'float32') return undefined;
    const y = backend.makeOutput(x.shape, 'float32');
    const size = util.sizeFromShape(x.shape);
    runtime.run({
      kernel,
      words: [...[x, y].map((tensor) => addressOf(backend, tensor)), size],
      tasks: Math.ceil(size / taskFloats),
    });
    return y;
  });
}

function reluGradient(runtime: KernelRuntime): TrainingKernel {
  return fusedTrainingKernel('NormlabReluGrad', ({ dy, y }, _, backend) => {
    const dx = backend.makeOutput(y.shape, 'float32');
    const size = util.sizeFromShape(y.shape);
    runtime.run({
      kernel: 'reluGradient',
      words: [...[dy, y, dx].map((tensor) => addressOf(backend, tensor)), size],
      tasks: Math.ceil(size / taskFloats),
    });
    return [dx];
  });
}

function preluGradient(runtime: KernelRuntime): TrainingKernel {
  return fusedTrainingKernel('NormlabPreluGrad', ({ dy, x, alpha }, _, backend) => {
    const dx = backend.makeOutput(x.shape, 'float32');
    const size = util.sizeFromShape(x.shape);
    const period = util.sizeFromShape(alpha.shape);
    // A task takes whole rows of α; 16 stands for the row that a single one is made into.
    const row = period === 1 ? 16 : period;
    const chunk = Math.ceil(taskFloats / row) * row;
    runtime.run({
      kernel: 'preluGradient',
      words: [...[dy, x, alpha, dx].map((tensor) => addressOf(backend, tensor)), size, 0, period, chunk],
      tasks: Math.ceil(size / chunk),
    });
    return [dx];
  });
}

function preluSlopeTerms(runtime: KernelRuntime): TrainingKernel {
  return fusedTrainingKernel('NormlabPreluSlopeTerms', ({ dy, x }, _, backend) => {
    const terms = backend.makeOutput(x.shape, 'float32');
    const size = util.sizeFromShape(x.shape);
    const [slope, input, target] = [dy, x, terms].map((tensor) => addressOf(backend, tensor));
    runtime.run({
      kernel: 'preluGradient',
      words: [slope!, input!, 0, target!, size, 1, 1, taskFloats],
      tasks: Math.ceil(size / taskFloats),
    });
    return [terms];
  });
}
