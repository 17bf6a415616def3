import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { fusedTrainingKernel, type TrainingKernel } from '../trainingKernel.js';
import { addressOf, type WasmBackend } from '../wasmBackend.js';

const floatBytes = 4;
/** The most floats of one task. */
const pieceFloats = 16_384;

/** `NormlabSgdMomentumStep` and `NormlabAdamWStep`: one job for all variables, whose tasks are pieces of variables. */
export function optimizerKernels(runtime: KernelRuntime): TrainingKernel[] {
  return [sgdMomentum(runtime), adamW(runtime)];
}

function sgdMomentum(runtime: KernelRuntime): TrainingKernel {
  return fusedTrainingKernel('NormlabSgdMomentumStep', ({ params, grads, velocities }, attrs, backend) => {
    const newParams = emptyLike(backend, params);
    const newVelocities = emptyLike(backend, params);
    const pieces = piecesOf(params, (variable, at, floats) => ({
      param: addressOf(backend, params[variable]!) + at,
      grad: addressOf(backend, grads[variable]!) + at,
      velocity: addressOf(backend, velocities[variable]!) + at,
      newParam: addressOf(backend, newParams[variable]!) + at,
      newVelocity: addressOf(backend, newVelocities[variable]!) + at,
      floats,
      weightDecay: attrs.weightDecays[variable]!,
    }));
    const { learningRate, momentum, nesterov } = attrs;
    runtime.run({
      kernel: 'sgd_momentum',
      job: { learningRate, momentum, nesterov, pieces },
      tasks: pieces.length,
    });
    return [...newParams, ...newVelocities];
  });
}

function adamW(runtime: KernelRuntime): TrainingKernel {
  return fusedTrainingKernel('NormlabAdamWStep', (inputs, attrs, backend) => {
    const { params, grads, firstMoments, secondMoments } = inputs;
    const newParams = emptyLike(backend, params);
    const newFirstMoments = emptyLike(backend, params);
    const newSecondMoments = emptyLike(backend, params);
    const pieces = piecesOf(params, (variable, at, floats) => ({
      param: addressOf(backend, params[variable]!) + at,
      grad: addressOf(backend, grads[variable]!) + at,
      firstMoment: addressOf(backend, firstMoments[variable]!) + at,
      secondMoment: addressOf(backend, secondMoments[variable]!) + at,
      newParam: addressOf(backend, newParams[variable]!) + at,
      newFirstMoment: addressOf(backend, newFirstMoments[variable]!) + at,
      newSecondMoment: addressOf(backend, newSecondMoments[variable]!) + at,
      floats,
      kept: attrs.kept[variable]!,
    }));
    const { beta1, beta2, epsilon, stepSize, rootCorrection } = attrs;
    runtime.run({
      kernel: 'adamw',
      job: {
        beta1,
        share1: 1 - beta1,
        beta2,
        share2: 1 - beta2,
        epsilon,
        stepSize,
        rootCorrection,
        pieces,
      },
      tasks: pieces.length,
    });
    return [...newParams, ...newFirstMoments, ...newSecondMoments];
  });
}

function emptyLike(backend: WasmBackend, tensors: readonly TensorInfo[]): TensorInfo[] {
  return tensors.map(({ shape }) => backend.makeOutput(shape, 'float32'));
}

/** One record for each piece of each variable, from its index, the bytes before the piece, and the piece's floats. */
function piecesOf<Piece>(
  variables: readonly TensorInfo[],
  record: (variable: number, at: number, floats: number) => Piece,
): Piece[] {
  const pieces: Piece[] = [];
  for (let variable = 0; variable < variables.length; variable++) {
    const size = util.sizeFromShape(variables[variable]!.shape);
    for (let done = 0; done < size; done += pieceFloats) {
      pieces.push(record(variable, done * floatBytes, Math.min(pieceFloats, size - done)));
    }
  }
  return pieces;
}
