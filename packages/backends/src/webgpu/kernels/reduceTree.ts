import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { repeat, runShader } from './program.js';
import { lanesOf, type SliceView } from './sliceView.js';
import { release } from './webgpuKernel.js';

/** A reduction over the middle axis of a view, as WGSL code on numbers or vectors of type `T`. */
export type Reduction = {
  readonly key: string;
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly view: SliceView;
  readonly floats?: Readonly<Record<string, number>>;
  /** How many values a node of the tree has: `v0`, `v1`, … in the code. */
  readonly values: number;
  /**
   * Declares `v0`… of a leaf from its elements `base + row · inner`, `begin ≤ row < end`, where `base` is the slice's
   * first element.
   */
  readonly leaf: string;
  /**
   * Declares `v0`… of a node from its children `begin ≤ child < end`: `value(k, child)` is a child's `vk`,
   * `rows(child)` its number of rows.
   */
  readonly merge: string;
  /** The results, as expressions in the root's `v0`… and `all`, the number of rows. */
  readonly results: readonly string[];
};

/**
 * Reduces in a tree of two or three levels of about equal width: many short chains of additions instead of one long
 * chain, which is both fast and accurate. The order is fixed, so the bits are reproducible.
 *
 * @returns [results, outer, inner]
 */
export function reduceTree(backend: WebGPUBackend, reduction: Reduction): TensorInfo {
  const { view, values, results, floats = {} } = reduction;
  const { outer, reduced, inner } = view;
  const width = Math.max(8, Math.ceil(reduced <= 4096 ? Math.sqrt(reduced) : Math.cbrt(reduced)));
  const lanes = lanesOf(view);
  const type = lanes === 4 ? 'vec4<f32>' : 'f32';
  const vectors = inner / lanes;
  const typed = (code: string) => code.replaceAll(/\bT\b/g, type);
  const place = `
    let i = index % uniforms.sizes.w;
    let node = (index / uniforms.sizes.w) % uniforms.sizes.z;
    let o = index / (uniforms.sizes.w * uniforms.sizes.z);
    let all = uniforms.sizes.x;
    let inner = uniforms.sizes.w;`;
  const store = (names: readonly string[]) =>
    repeat(names.length, (k) => `result[${k} * uniforms.invocations + index] = ${names[k]};`);
  const own = Array.from({ length: values }, (_, k) => `v${k}`);

  let count = Math.ceil(reduced / width);
  let nodes = runShader(backend, {
    key: `${reduction.key}_leaf`,
    inputs: reduction.inputs,
    outputShape: [values, outer, count, inner],
    lanes,
    invocations: outer * count * vectors,
    integers: { sizes: [reduced, width, count, vectors] },
    code: typed(`${place}
      let base = o * all * inner + i;
      let begin = node * uniforms.sizes.y;
      let end = min(all, begin + uniforms.sizes.y);
      ${reduction.leaf}
      ${store(own)}`),
  });

  let cover = width;
  for (let root = false; !root; ) {
    const children = count;
    count = Math.ceil(children / width);
    root = count === 1;
    const merged = runShader(backend, {
      key: `${reduction.key}_${root ? 'root' : 'merge'}`,
      inputs: { nodes },
      outputShape: [root ? results.length : values, outer, count, inner],
      lanes,
      invocations: outer * count * vectors,
      integers: { sizes: [reduced, width, count, vectors], below: [children, cover] },
      ...(root && { floats }),
      code: typed(`${place}
        let plane = uniforms.invocations / uniforms.sizes.z * uniforms.below.x;
        let begin = node * uniforms.sizes.y;
        let end = min(uniforms.below.x, begin + uniforms.sizes.y);
        ${withCalls(reduction.merge)}
        ${store(root ? results : own)}`),
    });
    release(backend, nodes);
    nodes = merged;
    cover *= width;
  }
  return { ...nodes, shape: [results.length, outer, inner] };
}

/** Replaces `value(k, child)` and `rows(child)` by expressions: WGSL has no local functions. */
function withCalls(code: string): string {
  return code
    .replaceAll(/value\((\d+), (\w+)\)/g, 'nodes[$1 * plane + (o * uniforms.below.x + $2) * inner + i]')
    .replaceAll(/rows\((\w+)\)/g, 'f32(min(uniforms.below.y, all - $1 * uniforms.below.y))');
}

/** The `merge` of a reduction whose values are plain sums. */
export function addNodes(values: number): string {
  return `
    ${repeat(values, (k) => `var v${k} = T(0.0);`)}
    for (var child = begin; child < end; child++) {
      ${repeat(values, (k) => `v${k} += value(${k}, child);`)}
    }`;
}
