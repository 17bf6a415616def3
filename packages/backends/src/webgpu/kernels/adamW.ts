import type { FusedKernels } from '@normlab/kernels';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { runShaderWithOutputs } from './program.js';
import { fusedWebgpuKernel } from './webgpuKernel.js';

/**
 * m' = β₁·m + (1 − β₁)·g,  v' = β₂·v + (1 − β₂)·g²,  w' = kept·w − stepSize·m'/(√v'/rootCorrection + ε), in one program
 * for each variable: two would need more buffers than WebGPU's default limit of 8.
 *
 * @returns all w', then all m', then all v'
 */
export const adamW = fusedWebgpuKernel('NormlabAdamWStep', (inputs, attrs, backend) => {
  const { params, grads, firstMoments, secondMoments } = inputs;
  const steps = params.map((param, i) => {
    const given = { param, grad: grads[i]!, firstMoment: firstMoments[i]!, secondMoment: secondMoments[i]! };
    return stepOf(backend, given, attrs.kept[i]!, attrs);
  });
  return [
    ...steps.map(([param]) => param),
    ...steps.map(([, first]) => first),
    ...steps.map(([, , second]) => second),
  ];
});

function stepOf(
  backend: WebGPUBackend,
  inputs: Record<'param' | 'grad' | 'firstMoment' | 'secondMoment', TensorInfo>,
  kept: number,
  { beta1, beta2, epsilon, stepSize, rootCorrection }: FusedKernels['NormlabAdamWStep']['attrs'],
): [param: TensorInfo, firstMoment: TensorInfo, secondMoment: TensorInfo] {
  const { shape } = inputs.param;
  const size = util.sizeFromShape(shape);
  const lanes = size % 4 === 0 ? 4 : 1;
  const [stepped, first, second] = runShaderWithOutputs(backend, {
    key: 'adamW',
    inputs,
    outputShape: shape,
    outputs: { first: shape, second: shape },
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
}
