import { util } from '@tensorflow/tfjs-core';
import { runShader } from './program.js';
import { fusedWebgpuKernel } from './webgpuKernel.js';

/**
 * g̃ = g + λ·w,  v' = m·v + g̃,  w' = w − η·v'  (nesterov: w' = w − η·(g̃ + m·v'))
 *
 * @returns [w', v']
 */
export const sgdMomentum = fusedWebgpuKernel('NormlabSgdMomentum', (inputs, attrs, backend) => {
  const { param, grad, velocity } = inputs;
  const { learningRate, momentum, weightDecay, nesterov } = attrs;
  const size = util.sizeFromShape(param.shape);
  const lanes = size % 4 === 0 ? 4 : 1;
  const common = { outputShape: param.shape, lanes, invocations: size / lanes } as const;
  const slope = 'let slope = grad[index] + uniforms.weightDecay * param[index];';
  const moved = runShader(backend, {
    ...common,
    key: 'sgdVelocity',
    inputs: { param, grad, velocity },
    floats: { momentum, weightDecay },
    code: `${slope}
      result[index] = uniforms.momentum * velocity[index] + slope;`,
  });
  const stepped = nesterov
    ? runShader(backend, {
        ...common,
        key: 'sgdNesterov',
        inputs: { param, grad, moved },
        floats: { learningRate, momentum, weightDecay },
        code: `${slope}
          result[index] = param[index] - uniforms.learningRate * (slope + uniforms.momentum * moved[index]);`,
      })
    : runShader(backend, {
        ...common,
        key: 'sgdParam',
        inputs: { param, moved },
        floats: { learningRate },
        code: 'result[index] = param[index] - uniforms.learningRate * moved[index];',
      });
  return [stepped, moved];
});
