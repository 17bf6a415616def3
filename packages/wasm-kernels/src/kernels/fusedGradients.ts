import { fusedKernel } from '@normlab/kernels';
import { cast, Prelu, Relu, reshape, sum, type Tensor } from '@tensorflow/tfjs-core';
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
    gradFunc: (given, saved, attrs) => {
      const dy = one(given);
      const [y] = saved as [Tensor];
      const fused = fusedKernel('NormlabReluGrad');
      // tfjs's gradient takes only the sign of x, which y has too; its kernel for signs does not know booleans.
      if (fused === undefined || !areFloats(dy, y)) return relu.gradFunc(given, [cast(y, 'float32')], attrs);
      return { x: () => fused({ dy, y })[0] };
    },
  });
  const leavePrelu = addGradientLayer({
    ...prelu,
    gradFunc: (given, saved, attrs) => {
      const dy = one(given);
      const [x, alpha] = saved as [Tensor, Tensor];
      const inputGradient = fusedKernel('NormlabPreluGrad');
      const slopeTerms = fusedKernel('NormlabPreluSlopeTerms');
      const isRepeated = areFloats(dy, x, alpha) && repeats(x, alpha);
      if (inputGradient === undefined || slopeTerms === undefined || !isRepeated) {
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

/** The kernels take the bits of other types for those of floats. */
function areFloats(...tensors: readonly Tensor[]): boolean {
  return tensors.every(({ dtype }) => dtype === 'float32');
}

function one(dy: Tensor | Tensor[]): Tensor {
  return [dy].flat()[0]!;
}

function isRepeatedOver(x: Tensor, alpha: Tensor, axis: number): boolean {
  const own = axis - (x.rank - alpha.rank);
  return own < 0 || (alpha.shape[own] === 1 && x.shape[axis] !== 1);
}
