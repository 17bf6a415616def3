import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { moments } from './moments.js';
import { runShader } from './program.js';
import { reduceTree } from './reduceTree.js';
import { gatherAxes, lanesOf, type SliceView, sliceView } from './sliceView.js';
import { fusedWebgpuKernel, release } from './webgpuKernel.js';

/**
 * y = (x − μ) / √(σ² + ε), with μ and σ² over the reduced axes, computed as {@link moments} says.
 *
 * @returns [y, mean, variance], the variance biased and without ε
 */
export const standardize = fusedWebgpuKernel('NormlabStandardize', ({ x }, { axes, epsilon }, backend) => {
  const keptShape = x.shape.filter((_, axis) => !axes.includes(axis));
  const view = sliceView(x.shape, axes);
  if (view !== undefined) return forward(backend, x, view, epsilon, keptShape);
  const order = gatherAxes(backend, x, axes);
  const [y, mean, variance] = forward(backend, order.gathered, order.view, epsilon, keptShape);
  release(backend, order.gathered);
  return [order.restore(y), mean, variance];
});

function forward(
  backend: WebGPUBackend,
  x: TensorInfo,
  view: SliceView,
  epsilon: number,
  keptShape: readonly number[],
): [y: TensorInfo, mean: TensorInfo, variance: TensorInfo] {
  const lanes = lanesOf(view);
  const { outer, reduced, inner } = view;
  const [table, mean, variance] = reduceTree(backend, {
    ...moments,
    key: 'moments',
    inputs: { x },
    view,
    floats: { epsilon },
    results: [moments.shift, moments.rest, moments.inverse],
    outputs: {
      mean: { shape: keptShape, value: moments.mean },
      variance: { shape: keptShape, value: moments.variance },
    },
  });
  const y = runShader(backend, {
    key: 'standardize',
    inputs: { x, table },
    outputShape: x.shape,
    lanes,
    invocations: (outer * reduced * inner) / lanes,
    integers: { sizes: [reduced, inner / lanes] },
    code: `
      let i = index % uniforms.sizes.y;
      let o = index / (uniforms.sizes.x * uniforms.sizes.y);
      let slice = o * uniforms.sizes.y + i;
      let plane = uniforms.invocations / uniforms.sizes.x;
      result[index] = ((x[index] - table[slice]) - table[plane + slice]) * table[2 * plane + slice];`,
  });
  release(backend, table);
  return [y, mean!, variance!];
}
