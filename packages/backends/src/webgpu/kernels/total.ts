import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { repeat, runShader, workgroupSize } from './program.js';
import { fusedWebgpuKernel, release } from './webgpuKernel.js';

/** Tensors that a program reads: with its result, WebGPU's default limit of 8 buffers. */
const mostTensors = 7;

/** Invocations, and so partial sums, of a program that is not the last one. */
const partialSums = 1024;

/** The most entries that the last program adds, in a single workgroup. */
const mostInLast = 256 * workgroupSize;

/**
 * The sum of all entries of all inputs, a scalar.
 *
 * A program adds up to 7 tensors to {@link partialSums} partial sums; this is repeated until one workgroup can add the
 * rest. The order depends only on the number and the shapes of the inputs, so the bits are reproducible.
 *
 * @returns [total]
 */
export const total = fusedWebgpuKernel('NormlabTotal', (inputs, _, backend) => {
  const given = Object.values(inputs);
  if (given.length === 0) return [backend.makeTensorInfo([], 'float32', new Float32Array(1))];
  let parts = given;
  while (parts.length > mostTensors || entriesOf(parts) > mostInLast) {
    const sums = groupsOf(parts).map((group) => addEntries(backend, group));
    if (parts !== given) release(backend, ...parts);
    parts = sums;
  }
  const sum = addAll(backend, parts);
  if (parts !== given) release(backend, ...parts);
  return [sum];
});

/** [partialSums]: entry i is the sum of the entries i, i + partialSums, … of each tensor. */
function addEntries(backend: WebGPUBackend, tensors: readonly TensorInfo[]): TensorInfo {
  return runShader(backend, {
    key: `totalOfEntries_${tensors.length}`,
    inputs: named(tensors),
    outputShape: [partialSums],
    lanes: 1,
    invocations: partialSums,
    code: `
      ${sumOf(tensors.length, partialSums)}
      result[index] = sum;`,
  });
}

/** A scalar, by one workgroup. */
function addAll(backend: WebGPUBackend, tensors: readonly TensorInfo[]): TensorInfo {
  return runShader(backend, {
    key: `total_${tensors.length}`,
    inputs: named(tensors),
    outputShape: [],
    lanes: 1,
    invocations: workgroupSize,
    shared: `var<workgroup> sums : array<f32, ${workgroupSize}>;`,
    code: `
      ${sumOf(tensors.length, workgroupSize)}
      sums[localIndex] = sum;
      workgroupBarrier();
      if (index == 0) {
        var all = 0.0;
        for (var i = 0; i < ${workgroupSize}; i++) { all += sums[i]; }
        result[0] = all;
      }`,
  });
}

/** The tensors as vectors `t0`, `t1`, …, whose shapes in the code are their sizes. */
function named(tensors: readonly TensorInfo[]): Record<string, TensorInfo> {
  return Object.fromEntries(
    tensors.map((each, i) => [`t${i}`, { ...each, shape: [util.sizeFromShape(each.shape)] }]),
  );
}

/** Declares `sum`, the sum of each `step`th entry of each tensor from `index`. */
function sumOf(tensors: number, step: number): string {
  return `
    var sum = 0.0;
    ${repeat(tensors, (t) => `for (var i = index; i < uniforms.t${t}Shape; i += ${step}) { sum += t${t}[i]; }`)}`;
}

function groupsOf(tensors: readonly TensorInfo[]): TensorInfo[][] {
  return Array.from({ length: Math.ceil(tensors.length / mostTensors) }, (_, group) =>
    tensors.slice(group * mostTensors, (group + 1) * mostTensors),
  );
}

function entriesOf(tensors: readonly TensorInfo[]): number {
  return tensors.reduce((all, { shape }) => all + util.sizeFromShape(shape), 0);
}
