import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { repeat, runShaderWithOutputs, type Shader, workgroupSize } from './program.js';
import { lanesOf, type SliceView } from './sliceView.js';
import { release } from './webgpuKernel.js';

/** A reduction over the middle axis of a view, as WGSL code; `T` is the type of a number or a vector of four. */
export type Reduction = {
  readonly key: string;
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly view: SliceView;
  /** How many values a node of the tree has: `v0`, `v1`, … in the code. */
  readonly values: number;
  /**
   * Declares `v0`… of a leaf from its elements `base + row · inner`, `begin ≤ row < end`, where `base` is the slice's
   * first element.
   */
  readonly leaf: string;
  /**
   * Declares `v0`… of a node from its children `begin ≤ child < end`: `value(k, child)` is a child's `vk`,
   * `rows(child)` its number of rows. A child may have no rows and a node no children; then the values do not matter,
   * except that they must be finite.
   */
  readonly merge: string;
  /** The results, as expressions in the root's `v0`…, `all`, the number of rows, and `slice`, the slice's index. */
  readonly results: readonly string[];
  /** Further results, each in a tensor of its own: its shape and its expression. */
  readonly outputs?: Readonly<Record<string, { readonly shape: readonly number[]; readonly value: string }>>;
  /** Further tensors that the expressions read. */
  readonly rootInputs?: Readonly<Record<string, TensorInfo>>;
  /** Numbers that the expressions read, as `uniforms.name`. */
  readonly floats?: Readonly<Record<string, number>>;
};

/** The most rows that one invocation reduces alone. */
const mostAlone = 64;

/** The most rows whose nodes one invocation merges: above, a workgroup does. */
const mostMergedAlone = 4096;

/** Invocations of a workgroup that merge the values of the others. */
const mergers = 8;

/**
 * Reduces in a tree of one level for few rows, else of two: the leaves, then the root, where for many rows a workgroup
 * merges the leaves in three steps. There are many short chains of additions instead of one long chain, which is both
 * fast and accurate; the longest chain has at most max(64, 2√n) additions for n ≤ 4096 rows, and 2√(n/64) + 18 for more.
 * The order depends only on the shape, so the bits are reproducible.
 *
 * @returns a tensor [results, outer, inner], then the further outputs in their order
 */
export function reduceTree(
  backend: WebGPUBackend,
  reduction: Reduction,
): [results: TensorInfo, ...outputs: TensorInfo[]] {
  const { key, view, inputs, values, results, outputs = {}, rootInputs = {}, floats = {} } = reduction;
  const { outer, reduced, inner } = view;
  const lanes = lanesOf(view);
  const vectors = inner / lanes;
  const slices = outer * vectors;
  const root = {
    outputShape: [results.length, outer, inner],
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, { shape }]) => [name, shape])),
    floats,
    lanes,
  };
  if (reduced <= mostAlone) {
    return runShaderWithOutputs(backend, {
      ...root,
      key: `${key}_alone`,
      inputs: { ...inputs, ...rootInputs },
      invocations: slices,
      integers: { sizes: [reduced, reduced, 1, vectors] },
      code: `${leafCode(reduction)}
        let slice = index;
        ${storeResults(reduction)}`,
    });
  }

  const isMergedAlone = reduced <= mostMergedAlone;
  const width = Math.ceil(Math.sqrt(isMergedAlone ? reduced : reduced / workgroupSize));
  const count = Math.ceil(reduced / width);
  const sizes = [reduced, width, count, vectors];
  const [nodes] = runShaderWithOutputs(backend, {
    key: `${key}_leaf`,
    inputs,
    outputShape: [values, outer, count, inner],
    lanes,
    invocations: slices * count,
    integers: { sizes },
    code: `${leafCode(reduction)}
      ${repeat(values, (k) => `result[${k} * uniforms.invocations + index] = v${k};`)}`,
  });
  const merged = runShaderWithOutputs(backend, {
    ...root,
    key: `${key}_${isMergedAlone ? 'root' : 'workgroup'}`,
    inputs: { nodes, ...rootInputs },
    invocations: isMergedAlone ? slices : slices * workgroupSize,
    integers: { sizes, slices: [slices] },
    ...(isMergedAlone ? mergedAlone(reduction) : mergedByWorkgroup(reduction)),
  });
  release(backend, nodes);
  return merged;
}

/** Declares a leaf's values. `uniforms.sizes` are rows, rows per leaf, leaves per slice, elements per inner axis. */
function leafCode({ leaf }: Reduction): string {
  return `
    let all = uniforms.sizes.x;
    let inner = uniforms.sizes.w;
    let slices = uniforms.invocations / uniforms.sizes.z;
    let i = index % inner;
    let node = (index / inner) % uniforms.sizes.z;
    let o = index / (inner * uniforms.sizes.z);
    let base = o * all * inner + i;
    let begin = node * uniforms.sizes.y;
    let end = min(all, begin + uniforms.sizes.y);
    ${leaf}`;
}

/** One invocation merges the leaves of a slice. */
function mergedAlone(reduction: Reduction): Pick<Shader, 'code'> {
  return {
    code: `
      let slice = index;
      ${leavesOfSlice}
      let begin = 0;
      let end = children;
      ${ofNodes(reduction.merge)}
      ${storeResults(reduction)}`,
  };
}

/** A workgroup merges the leaves of a slice: each invocation a part of them, some the parts, and one the rest. */
function mergedByWorkgroup(reduction: Reduction): Pick<Shader, 'code' | 'shared'> {
  const { values, merge } = reduction;
  return {
    shared: `
      ${repeat(values, (k) => `var<workgroup> part${k} : array<T, ${workgroupSize}>;`)}
      ${repeat(values, (k) => `var<workgroup> block${k} : array<T, ${mergers}>;`)}
      var<workgroup> partRows : array<f32, ${workgroupSize}>;
      var<workgroup> blockRows : array<f32, ${mergers}>;`,
    code: `
      let local = i32(localIndex);
      let slice = index / ${workgroupSize};
      ${leavesOfSlice}
      let share = (children + ${workgroupSize - 1}) / ${workgroupSize};
      {
        let begin = min(children, local * share);
        let end = min(children, begin + share);
        ${ofNodes(merge)}
        ${repeat(values, (k) => `part${k}[local] = v${k};`)}
        partRows[local] = f32(min(all, end * uniforms.sizes.y) - min(all, begin * uniforms.sizes.y));
      }
      workgroupBarrier();
      if (local < ${mergers}) {
        let begin = local * ${workgroupSize / mergers};
        let end = begin + ${workgroupSize / mergers};
        ${ofShared('part', merge)}
        ${repeat(values, (k) => `block${k}[local] = v${k};`)}
        var rowsOfBlock = 0.0;
        for (var child = begin; child < end; child++) { rowsOfBlock += partRows[child]; }
        blockRows[local] = rowsOfBlock;
      }
      workgroupBarrier();
      if (local == 0 && slice < slices) {
        let begin = 0;
        let end = ${mergers};
        ${ofShared('block', merge)}
        ${storeResults(reduction)}
      }`,
  };
}

/** Declares where the leaves of `slice` are in `nodes`. */
const leavesOfSlice = `
  let all = uniforms.sizes.x;
  let inner = uniforms.sizes.w;
  let slices = uniforms.slices;
  let children = uniforms.sizes.z;
  let base = slice / inner * children * inner + slice % inner;`;

function storeResults({ results, outputs = {} }: Reduction): string {
  return `
    ${repeat(results.length, (k) => `result[${k} * slices + slice] = ${results[k]};`)}
    ${Object.entries(outputs)
      .map(([name, { value }]) => `${name}[slice] = ${value};`)
      .join('\n')}`;
}

/** Replaces `value(k, child)` and `rows(child)` by expressions in the leaves' nodes: WGSL has no local functions. */
function ofNodes(code: string): string {
  return code
    .replaceAll(/value\((\d+), (\w+)\)/g, 'nodes[$1 * slices * children + base + $2 * inner]')
    .replaceAll(/rows\((\w+)\)/g, 'f32(min(uniforms.sizes.y, all - $1 * uniforms.sizes.y))');
}

/** The same in a workgroup's memory. */
function ofShared(name: 'part' | 'block', code: string): string {
  return code
    .replaceAll(/value\((\d+), (\w+)\)/g, `${name}$1[$2]`)
    .replaceAll(/rows\((\w+)\)/g, `${name}Rows[$1]`);
}

/** The `merge` of a reduction whose values are plain sums. */
export function addNodes(values: number): string {
  return `
    ${repeat(values, (k) => `var v${k} = T(0.0);`)}
    for (var child = begin; child < end; child++) {
      ${repeat(values, (k) => `v${k} += value(${k}, child);`)}
    }`;
}
