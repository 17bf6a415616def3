import { Relu, type ReluInputs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { floatBits, type KernelRuntime } from '../runtime/kernelRuntime.js';
import { type TrainingKernel, trainingKernel } from '../trainingKernel.js';
import { addressOf } from '../wasmBackend.js';
import { reluGradientKernel } from './reluGradient.js';

/** Floats of one task, as in `assembly/elementwise.ts`. */
const taskFloats = 16_384;

export type SgdMomentumAttrs = {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
};

/**
 * `Relu`; `NormlabReluGrad`, `{ dy, y }` → dy, but 0 where y ≤ 0; `NormlabSgdMomentum`, `{ param, grad, velocity }` →
 * [param', velocity'].
 *
 * PyTorch's SGD: d = g + λw, v' = μv + d, w' = w − η·v', or w − η·(d + μv') for Nesterov. All tensors of one
 * call have one shape and are float32.
 */
export function elementwiseKernels(runtime: KernelRuntime): TrainingKernel[] {
  const relu = trainingKernel(Relu, (inputs: ReluInputs, _: object, backend) => {
    const x = inputs.x as TensorInfo;
    if (x.dtype !== 'float32') return undefined;
    const y = backend.makeOutput(x.shape, 'float32');
    const size = util.sizeFromShape(x.shape);
    runtime.run({
      kernel: 'relu',
      words: [...[x, y].map((tensor) => addressOf(backend, tensor)), size],
      tasks: Math.ceil(size / taskFloats),
    });
    return y;
  });
  const reluGradient = trainingKernel(
    reluGradientKernel,
    ({ dy, y }: { dy: TensorInfo; y: TensorInfo }, _: object, backend) => {
      const dx = backend.makeOutput(y.shape, 'float32');
      const size = util.sizeFromShape(y.shape);
      runtime.run({
        kernel: 'reluGradient',
        words: [...[dy, y, dx].map((tensor) => addressOf(backend, tensor)), size],
        tasks: Math.ceil(size / taskFloats),
      });
      return dx;
    },
  );
  const sgdMomentum = trainingKernel(
    'NormlabSgdMomentum',
    (
      { param, grad, velocity }: { param: TensorInfo; grad: TensorInfo; velocity: TensorInfo },
      { learningRate, momentum, weightDecay, nesterov }: SgdMomentumAttrs,
      backend,
    ) => {
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
    },
  );
  return [relu, reluGradient, sgdMomentum];
}
