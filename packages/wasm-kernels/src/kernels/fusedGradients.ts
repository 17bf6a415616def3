import {
  engine,
  type GradConfig,
  getBackend,
  getGradient,
  getKernel,
  mul,
  Prelu,
  Relu,
  registerGradient,
  reshape,
  step,
  sum,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { repeats } from './binaryKernels.js';

/** `{ dy, y }` → dy, but 0 where y ≤ 0. */
export const reluGradientKernel = 'NormlabReluGrad';
/** `{ dy, x, alpha }` → dy where x > 0, else α·dy. */
export const preluGradientKernel = 'NormlabPreluGrad';
/** `{ dy, x }` → 0 where x > 0, else x·dy: what adds up to the gradient of α. */
export const preluSlopeTermsKernel = 'NormlabPreluSlopeTerms';

/**
 * Has tfjs take the gradients of ReLU and PReLU in one kernel each, where the active backend has it.
 *
 * tfjs's own need three and six; that of ReLU also keeps the input alive, which nobody else may need, where the
 * output does as well. Gradients of gradients stay composed of tfjs's ops. Returns the way back.
 */
export function replaceGradients(): () => void {
  const before = [Relu, Prelu].map((kernelName): GradConfig | undefined => getGradient(kernelName));
  const [relu, prelu] = before;
  if (relu === undefined || prelu === undefined) return () => {};
  registerGradient({
    kernelName: Relu,
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({
      x: () =>
        isFused(reluGradientKernel)
          ? run(reluGradientKernel, { dy: one(dy), y: y! })
          : mul(one(dy), step(y!)),
    }),
  });
  registerGradient({
    ...prelu,
    gradFunc: (given, saved, attrs) => {
      const dy = one(given);
      const [x, alpha] = saved as [Tensor, Tensor];
      if (!isFused(preluGradientKernel) || !repeats(x, alpha)) return prelu.gradFunc(given, saved, attrs);
      const leading = x.shape.map((_, axis) => axis).filter((axis) => isRepeatedOver(x, alpha, axis));
      return {
        x: () => run(preluGradientKernel, { dy, x, alpha }),
        alpha: () => reshape(sum(run(preluSlopeTermsKernel, { dy, x }), leading), alpha.shape),
      };
    },
  });
  return () => {
    registerGradient(relu);
    registerGradient(prelu);
  };
}

/** Whether a kernel may stand for its ops: a gradient of a gradient needs the ops themselves. */
function isFused(kernelName: string): boolean {
  return engine().state.gradientDepth === 0 && getKernel(kernelName, getBackend()) !== undefined;
}

function run(kernelName: string, inputs: Record<string, Tensor>): Tensor {
  return engine().runKernel<Tensor>(kernelName, inputs);
}

function one(dy: Tensor | Tensor[]): Tensor {
  return [dy].flat()[0]!;
}

function isRepeatedOver(x: Tensor, alpha: Tensor, axis: number): boolean {
  const own = axis - (x.rank - alpha.rank);
  return own < 0 || (alpha.shape[own] === 1 && x.shape[axis] !== 1);
}
