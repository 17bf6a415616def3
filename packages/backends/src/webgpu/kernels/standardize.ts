import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { runShader } from './program.js';
import { reduceTree } from './reduceTree.js';
import { gatherAxes, lanesOf, type SliceView, sliceView } from './sliceView.js';
import { fusedWebgpuKernel, release } from './webgpuKernel.js';

/**
 * y = (x − μ) / √(σ² + ε), with μ and σ² over the reduced axes.
 *
 * Every slice is shifted by its first element, which removes a large mean before anything is rounded. The mean and the
 * squared deviations are computed per group and merged by Chan's formula (Chan, Golub & LeVeque 1979): a group's
 * squares are about its own mean.
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
  const moments = reduceTree(backend, {
    key: 'moments',
    inputs: { x },
    view,
    floats: { epsilon },
    values: 2,
    leaf: `
      let shift = x[base];
      var sum = T(0.0);
      for (var row = begin; row < end; row++) { sum += x[base + row * inner] - shift; }
      let v0 = sum / f32(end - begin);
      var v1 = T(0.0);
      for (var row = begin; row < end; row++) {
        let distance = (x[base + row * inner] - shift) - v0;
        v1 = fma(distance, distance, v1);
      }`,
    merge: `
      var sum = T(0.0);
      var count = 0.0;
      for (var child = begin; child < end; child++) {
        sum += rows(child) * value(0, child);
        count += rows(child);
      }
      let v0 = sum / count;
      var v1 = T(0.0);
      for (var child = begin; child < end; child++) {
        let distance = value(0, child) - v0;
        v1 += value(1, child) + rows(child) * distance * distance;
      }`,
    // The mean of the shifted values, the variance, and 1 / √(σ² + ε).
    results: ['v0', 'v1 / f32(all)', '1.0 / sqrt(v1 / f32(all) + uniforms.epsilon)'],
  });
  const { outer, reduced, inner } = view;
  const lanes = lanesOf(view);
  const sizes = [reduced, inner / lanes];
  const slices = (outer * inner) / lanes;
  const y = runShader(backend, {
    key: 'standardize',
    inputs: { x, moments },
    outputShape: x.shape,
    lanes,
    invocations: slices * reduced,
    integers: { sizes },
    code: `
      let i = index % uniforms.sizes.y;
      let o = index / (uniforms.sizes.x * uniforms.sizes.y);
      let slice = o * uniforms.sizes.y + i;
      let plane = uniforms.invocations / uniforms.sizes.x;
      let shift = x[o * uniforms.sizes.x * uniforms.sizes.y + i];
      result[index] = ((x[index] - shift) - moments[slice]) * moments[2 * plane + slice];`,
  });
  const statistic = (key: string, inputs: Record<string, TensorInfo>, code: string) =>
    runShader(backend, {
      key,
      inputs,
      outputShape: keptShape,
      lanes,
      invocations: slices,
      integers: { sizes },
      code,
    });
  const mean = statistic(
    'mean',
    { x, moments },
    `let i = index % uniforms.sizes.y;
     let o = index / uniforms.sizes.y;
     result[index] = x[o * uniforms.sizes.x * uniforms.sizes.y + i] + moments[index];`,
  );
  const variance = statistic(
    'variance',
    { moments },
    'result[index] = moments[uniforms.invocations + index];',
  );
  release(backend, moments);
  return [y, mean, variance];
}
