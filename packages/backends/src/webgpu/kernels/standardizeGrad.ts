import type { FusedKernels } from '@normlab/kernels';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { runShader } from './program.js';
import { addNodes, reduceTree } from './reduceTree.js';
import { gatherAxes, lanesOf, type SliceView, sliceView } from './sliceView.js';
import { fusedWebgpuKernel, release } from './webgpuKernel.js';

type Backward = FusedKernels<TensorInfo>['NormlabStandardizeGrad'];

/**
 * dx = (dy − mean dy − y · mean(dy · y)) / √(σ² + ε), means over the reduced axes.
 *
 * Every slice of dy is shifted by its first element, which removes a large mean before anything is rounded. The shift
 * does not change mean(dy · y), since mean y = 0.
 *
 * @returns [dx, mean dy, mean(dy · y)]
 */
export const standardizeGrad = fusedWebgpuKernel(
  'NormlabStandardizeGrad',
  ({ dy, y, variance }, { axes, epsilon }, backend) => {
    const view = sliceView(dy.shape, axes);
    if (view !== undefined) return backward(backend, { dy, y, variance }, view, epsilon);
    const order = gatherAxes(backend, dy, axes);
    const output = gatherAxes(backend, y, axes);
    const inputs = { dy: order.gathered, y: output.gathered, variance };
    const [dx, mean, slope] = backward(backend, inputs, order.view, epsilon);
    release(backend, order.gathered, output.gathered);
    return [order.restore(dx), mean, slope];
  },
);

function backward(
  backend: WebGPUBackend,
  { dy, y, variance }: Backward['inputs'],
  view: SliceView,
  epsilon: number,
): Backward['outputs'] {
  const means = reduceTree(backend, {
    key: 'standardizeGradMeans',
    inputs: { dy, y },
    view,
    values: 2,
    leaf: `
      let shift = dy[base];
      var v0 = T(0.0);
      var v1 = T(0.0);
      for (var row = begin; row < end; row++) {
        let slope = dy[base + row * inner] - shift;
        v0 += slope;
        v1 = fma(slope, y[base + row * inner], v1);
      }`,
    merge: addNodes(2),
    // The mean of the shifted dy, and mean(dy · y).
    results: ['v0 / f32(all)', 'v1 / f32(all)'],
  });
  const { outer, reduced, inner } = view;
  const lanes = lanesOf(view);
  const sizes = [reduced, inner / lanes];
  const slices = (outer * inner) / lanes;
  const dx = runShader(backend, {
    key: 'standardizeGrad',
    inputs: { dy, y, variance, means },
    outputShape: dy.shape,
    lanes,
    invocations: slices * reduced,
    integers: { sizes },
    floats: { epsilon },
    code: `
      let i = index % uniforms.sizes.y;
      let o = index / (uniforms.sizes.x * uniforms.sizes.y);
      let slice = o * uniforms.sizes.y + i;
      let plane = uniforms.invocations / uniforms.sizes.x;
      let shift = dy[o * uniforms.sizes.x * uniforms.sizes.y + i];
      let centred = (dy[index] - shift) - means[slice];
      result[index] = (centred - y[index] * means[plane + slice]) / sqrt(variance[slice] + uniforms.epsilon);`,
  });
  const statistic = (key: string, inputs: Record<string, TensorInfo>, code: string) =>
    runShader(backend, {
      key,
      inputs,
      outputShape: variance.shape,
      lanes,
      invocations: slices,
      integers: { sizes },
      code,
    });
  const mean = statistic(
    'meanOfDy',
    { dy, means },
    `let i = index % uniforms.sizes.y;
     let o = index / uniforms.sizes.y;
     result[index] = dy[o * uniforms.sizes.x * uniforms.sizes.y + i] + means[index];`,
  );
  const slope = statistic('slope', { means }, 'result[index] = means[uniforms.invocations + index];');
  release(backend, means);
  return [dx, mean, slope];
}
