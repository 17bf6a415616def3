import { Relu, type ReluInputs, Tanh, type TanhInputs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { fusedTrainingKernel, type TrainingKernel, trainingKernel } from '../trainingKernel.js';
import { addressOf } from '../wasmBackend.js';

/** Floats of one task, as in `assembly/elementwise.ts`. */
const taskFloats = 16_384;

/** `Relu` and `Tanh`, the gradients of ReLU and PReLU, and the step of AdamW. */
export function elementwiseKernels(runtime: KernelRuntime): TrainingKernel[] {
  return [
    activation(runtime, Relu, 'relu_fwd'),
    activation(runtime, Tanh, 'tanh_fwd'),
    reluGradient(runtime),
    preluGradient(runtime),
    preluSlopeTerms(runtime),
    adamW(runtime),
  ];
}

/** `NormlabSgdMomentum`. */
export function sgdMomentumKernel(runtime: KernelRuntime): TrainingKernel {
  return fusedTrainingKernel('NormlabSgdMomentum', ({ param, grad, velocity }, attrs, backend) => {
    const newParam = backend.makeOutput(param.shape, 'float32');
    const newVelocity = backend.makeOutput(param.shape, 'float32');
    const floats = util.sizeFromShape(param.shape);
    runtime.run({
      kernel: 'sgd_momentum',
      job: {
        param: addressOf(backend, param),
        grad: addressOf(backend, grad),
        velocity: addressOf(backend, velocity),
        newParam: addressOf(backend, newParam),
        newVelocity: addressOf(backend, newVelocity),
        floats,
        ...attrs,
      },
      tasks: Math.ceil(floats / taskFloats),
    });
    return [newParam, newVelocity];
  });
}

function adamW(runtime: KernelRuntime): TrainingKernel {
  return fusedTrainingKernel('NormlabAdamW', ({ param, grad, firstMoment, secondMoment }, attrs, backend) => {
    const newParam = backend.makeOutput(param.shape, 'float32');
    const newFirstMoment = backend.makeOutput(param.shape, 'float32');
    const newSecondMoment = backend.makeOutput(param.shape, 'float32');
    const floats = util.sizeFromShape(param.shape);
    runtime.run({
      kernel: 'adamw',
      job: {
        param: addressOf(backend, param),
        grad: addressOf(backend, grad),
        firstMoment: addressOf(backend, firstMoment),
        secondMoment: addressOf(backend, secondMoment),
        newParam: addressOf(backend, newParam),
        newFirstMoment: addressOf(backend, newFirstMoment),
        newSecondMoment: addressOf(backend, newSecondMoment),
        floats,
        share1: 1 - attrs.beta1,
        share2: 1 - attrs.beta2,
        ...attrs,
      },
      tasks: Math.ceil(floats / taskFloats),
    });
    return [newParam, newFirstMoment, newSecondMoment];
  });
}

function activation(
  runtime: KernelRuntime,
  kernelName: string,
  kernel: 'relu_fwd' | 'tanh_fwd',
): TrainingKernel {
  return trainingKernel(kernelName, (inputs: ReluInputs & TanhInputs, _: object, backend) => {
    const x = inputs.x as TensorInfo;
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
