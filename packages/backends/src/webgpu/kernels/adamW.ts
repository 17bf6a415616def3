import { util } from '@tensorflow/tfjs-core';
import { runShaderWithOutputs } from './program.js';
import { fusedWebgpuKernel } from './webgpuKernel.js';

/**
 * m' = β₁·m + (1 − β₁)·g,  v' = β₂·v + (1 − β₂)·g²,  w' = kept·w − stepSize·m'/(√v'/rootCorrection + ε), in one program.
 *
 * @returns [w', m', v']
 */
export const adamW = fusedWebgpuKernel('NormlabAdamW', (inputs, attrs, backend) => {
  const { param } = inputs;
  const { beta1, beta2, epsilon, stepSize, rootCorrection, kept } = attrs;
  const size = util.sizeFromShape(param.shape);
  const lanes = size % 4 === 0 ? 4 : 1;
  const [stepped, first, second] = runShaderWithOutputs(backend, {
    key: 'adamW',
    inputs,
    outputShape: param.shape,
    outputs: { first: param.shape, second: param.shape },
    lanes,
    invocations: size / lanes,
    floats: {
      ...{ beta1, beta2, epsilon, stepSize, rootCorrection, kept },
      ...{ share1: 1 - beta1, share2: 1 - beta2 },
    },
    code: `
      let mean = uniforms.beta1 * firstMoment[index] + uniforms.share1 * grad[index];
      let meanSquare = uniforms.beta2 * secondMoment[index] + uniforms.share2 * (grad[index] * grad[index]);
      first[index] = mean;
      second[index] = meanSquare;
      let scale = sqrt(meanSquare) / uniforms.rootCorrection + uniforms.epsilon;
      result[index] = uniforms.kept * param[index] - uniforms.stepSize * (mean / scale);`,
  });
  return [stepped, first!, second!];
});
