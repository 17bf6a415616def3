import { util } from '@tensorflow/tfjs-core';
import { runShaderWithOutputs } from './program.js';
import { fusedWebgpuKernel } from './webgpuKernel.js';

/**
 * g̃ = g + λ·w,  v' = m·v + g̃,  w' = w − η·v'  (nesterov: w' = w − η·(g̃ + m·v')), in one program.
 *
 * @returns [w', v']
 */
export const sgdMomentum = fusedWebgpuKernel('NormlabSgdMomentum', (inputs, attrs, backend) => {
  const { param, grad, velocity } = inputs;
  const { learningRate, momentum, weightDecay, nesterov } = attrs;
  const size = util.sizeFromShape(param.shape);
  const lanes = size % 4 === 0 ? 4 : 1;
  const direction = nesterov ? 'slope + uniforms.momentum * next' : 'next';
  const [stepped, moved] = runShaderWithOutputs(backend, {
    key: nesterov ? 'sgdNesterov' : 'sgdMomentum',
    inputs: { param, grad, velocity },
    outputShape: param.shape,
    outputs: { moved: param.shape },
    lanes,
    invocations: size / lanes,
    floats: { learningRate, momentum, weightDecay },
    code: `
      let slope = grad[index] + uniforms.weightDecay * param[index];
      let next = uniforms.momentum * velocity[index] + slope;
      moved[index] = next;
      result[index] = param[index] - uniforms.learningRate * (${direction});`,
  });
  return [stepped, moved!];
});
