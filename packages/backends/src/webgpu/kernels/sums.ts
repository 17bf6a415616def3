import type { TensorInfo } from '@tensorflow/tfjs-core';
import { addNodes, reduceTree } from './reduceTree.js';
import { sliceView } from './sliceView.js';
import { webgpuKernel } from './webgpuKernel.js';

type Attrs = { readonly axis?: number | number[] | null; readonly keepDims: boolean };

/** Σ over adjacent axes; tfjs's own kernel transposes first where they are not the last ones. */
export const sum = reducer('Sum', 'v0');

/** Σ / n over adjacent axes. */
export const mean = reducer('Mean', 'v0 / f32(all)');

function reducer(kernelName: string, result: string) {
  return webgpuKernel<{ x: TensorInfo }, Attrs>(kernelName, ({ x }, { axis, keepDims }, backend) => {
    const { shape } = x;
    const axes = (axis == null ? shape.map((_, each) => each) : [axis].flat()).map((each) =>
      each < 0 ? each + shape.length : each,
    );
    const view = sliceView(shape, axes);
    const small = backend.shouldExecuteOnCPU([x]);
    if (x.dtype !== 'float32' || view === undefined || shape.includes(0) || small) return undefined;
    const [output] = reduceTree(backend, {
      key: kernelName,
      inputs: { x },
      view,
      values: 1,
      leaf: `
        var v0 = T(0.0);
        for (var row = begin; row < end; row++) { v0 += x[base + row * inner]; }`,
      merge: addNodes(1),
      results: [result],
    });
    const kept = shape.map((size, each) => (axes.includes(each) ? 1 : size));
    return { ...output, shape: keepDims ? kept : shape.filter((_, each) => !axes.includes(each)) };
  });
}
