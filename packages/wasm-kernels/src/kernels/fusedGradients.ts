import { fusedKernel } from '@normlab/kernels';
import { mul, Prelu, Relu, reshape, step, sum, type Tensor } from '@tensorflow/tfjs-core';
import { addGradientLayer, gradientBelow } from '../gradientLayers.js';
import { repeats } from './binaryKernels.js';

/**
 * Makes tfjs compute the gradients of ReLU and PReLU with one kernel each, if the active backend has it.
 *
 * tfjs's own gradients need three and six kernels; that of ReLU also keeps the input alive, although the output would
 * suffice. Gradients of gradients still use tfjs's ops. Returns a function that undoes this.
 */
export function replaceGradients(): () => void {
  const [relu, prelu] = [Relu, Prelu].map(gradientBelow);
  if (relu === undefined || prelu === undefined) return () => {};
  const leaveRelu = addGradientLayer({
    kernelName: Relu,
    outputsToSave: [true],
    gradFunc: (given, [y]) => ({
      x: () => {
        const dy = one(given);
        const fused = fusedKernel('NormlabReluGrad');
        return fused === undefined ? mul(dy, step(y!)) : fused({ dy, y: y! })[0];
      },
    }),
  });
  const leavePrelu = addGradientLayer({
    ...prelu,
    gradFunc: (given, saved, attrs) => {
      const dy = one(given);
      const [x, alpha] = saved as [Tensor, Tensor];
      const inputGradient = fusedKernel('NormlabPreluGrad');
      const slopeTerms = fusedKernel('NormlabPreluSlopeTerms');
      if (inputGradient === undefined || slopeTerms === undefined || !repeats(x, alpha)) {
        return prelu.gradFunc(given, saved, attrs);
      }
      const leading = x.shape.map((_, axis) => axis).filter((axis) => isRepeatedOver(x, alpha, axis));
      return {
        x: () => inputGradient({ dy, x, alpha })[0],
        alpha: () => reshape(sum(slopeTerms({ dy, x })[0], leading), alpha.shape),
      };
    },
  });
  return () => {
    leaveRelu();
    leavePrelu();
  };
}

function one(dy: Tensor | Tensor[]): Tensor {
  return [dy].flat()[0]!;
}

function isRepeatedOver(x: Tensor, alpha: Tensor, axis: number): boolean {
  const own = axis - (x.rank - alpha.rank);
  return own < 0 || (alpha.shape[own] === 1 && x.shape[axis] !== 1);
}
