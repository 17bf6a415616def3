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
  const lanes = lanesOf(view);
  const { outer, reduced, inner } = view;
  const [terms, mean, slope] = reduceTree(backend, {
    key: 'standardizeGradMeans',
    inputs: { dy, y },
    view,
    values: 3,
    leaf: `
      let v2 = dy[base];
      var v0 = T(0.0);
      var v1 = T(0.0);
      for (var row = begin; row < end; row++) {
        let shifted = dy[base + row * inner] - v2;
        v0 += shifted;
        v1 = fma(shifted, y[base + row * inner], v1);
      }`,
    merge: `${addNodes(2)}
      let v2 = value(2, begin);`,
    // The shift, the mean of the shifted dy, mean(dy · y), and 1 / √(σ² + ε).
    results: ['v2', 'v0 / f32(all)', 'v1 / f32(all)', '1.0 / sqrt(variance[slice] + uniforms.epsilon)'],
    outputs: {
      mean: { shape: variance.shape, value: 'v2 + v0 / f32(all)' },
      slope: { shape: variance.shape, value: 'v1 / f32(all)' },
    },
    rootInputs: { variance },
    floats: { epsilon },
  });
  const dx = runShader(backend, {
    key: 'standardizeGrad',
    inputs: { dy, y, terms },
    outputShape: dy.shape,
    lanes,
    invocations: (outer * reduced * inner) / lanes,
    integers: { sizes: [reduced, inner / lanes] },
    code: `
      let i = index % uniforms.sizes.y;
      let o = index / (uniforms.sizes.x * uniforms.sizes.y);
      let slice = o * uniforms.sizes.y + i;
      let plane = uniforms.invocations / uniforms.sizes.x;
      let centred = (dy[index] - terms[slice]) - terms[plane + slice];
      result[index] = (centred - y[index] * terms[2 * plane + slice]) * terms[3 * plane + slice];`,
  });
  release(backend, terms);
  return [dx, mean!, slope!];
}
