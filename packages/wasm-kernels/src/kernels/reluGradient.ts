import {
  engine,
  type GradConfig,
  getBackend,
  getGradient,
  getKernel,
  mul,
  Relu,
  registerGradient,
  step,
  type Tensor,
  unregisterGradient,
  zerosLike,
} from '@tensorflow/tfjs-core';

export const reluGradientKernel = 'NormlabReluGrad';

/**
 * Has tfjs take the gradient of a ReLU from its output, in one kernel where the active backend has one.
 *
 * tfjs's own needs three, and keeps the input alive, which nobody else may need. Returns the way back.
 */
export function replaceReluGradient(): () => void {
  const before: GradConfig | undefined = getGradient(Relu);
  if (before === undefined) return () => {};
  registerGradient({
    kernelName: Relu,
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({ x: () => passWherePositive(dy as Tensor, y!) }),
  });
  registerGradient({
    kernelName: reluGradientKernel,
    inputsToSave: ['y'],
    gradFunc: (ddx, [y]) => ({
      dy: () => passWherePositive(ddx as Tensor, y!),
      y: () => zerosLike(y!),
    }),
  });
  return () => {
    registerGradient(before);
    unregisterGradient(reluGradientKernel);
  };
}

function passWherePositive(dy: Tensor, y: Tensor): Tensor {
  const isFused = getKernel(reluGradientKernel, getBackend()) !== undefined && dy.dtype === 'float32';
  return isFused ? engine().runKernel<Tensor>(reluGradientKernel, { dy, y }) : mul(dy, step(y));
}
