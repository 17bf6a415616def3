import type { FusedKernels } from '@normlab/kernels';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { runShaderWithOutputs } from './program.js';
import { fusedWebgpuKernel } from './webgpuKernel.js';

/**
 * g̃ = g + λ·w,  v' = m·v + g̃,  w' = w − η·v'  (nesterov: w' = w − η·(g̃ + m·v')), in one program for each variable: two
 * would need more buffers than WebGPU's default limit of 8.
 *
 * @returns all w', then all v'
 */
export const sgdMomentum = fusedWebgpuKernel('NormlabSgdMomentumStep', (inputs, attrs, backend) => {
  const { params, grads, velocities } = inputs;
  const steps = params.map((param, i) =>
    stepOf(backend, { param, grad: grads[i]!, velocity: velocities[i]! }, attrs.weightDecays[i]!, attrs),
  );
  return [...steps.map(([param]) => param), ...steps.map(([, velocity]) => velocity)];
});

function stepOf(
  backend: WebGPUBackend,
  inputs: Record<'param' | 'grad' | 'velocity', TensorInfo>,
  weightDecay: number,
  { learningRate, momentum, nesterov }: FusedKernels['NormlabSgdMomentumStep']['attrs'],
): [param: TensorInfo, velocity: TensorInfo] {
  const { shape } = inputs.param;
  const size = util.sizeFromShape(shape);
  const lanes = size % 4 === 0 ? 4 : 1;
  const direction = nesterov ? 'slope + uniforms.momentum * next' : 'next';
  const [stepped, moved] = runShaderWithOutputs(backend, {
    key: nesterov ? 'sgdNesterov' : 'sgdMomentum',
    inputs,
    outputShape: shape,
    outputs: { moved: shape },
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
}
