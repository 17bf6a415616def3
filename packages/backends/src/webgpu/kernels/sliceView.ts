import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { callKernel, release } from './webgpuKernel.js';

/** A shape seen as [outer, reduced, inner]: element (o, r, i) lies at (o · reduced + r) · inner + i. */
export type SliceView = { readonly outer: number; readonly reduced: number; readonly inner: number };

type Run = { size: number; readonly reduced: boolean };

/** The view of a shape whose reduced axes are adjacent; undefined for other shapes. */
export function sliceView(shape: readonly number[], axes: readonly number[]): SliceView | undefined {
  const runs = runsOf(shape, axes);
  const at = runs.findIndex(({ reduced }) => reduced);
  if (runs.filter(({ reduced }) => reduced).length !== 1) return undefined;
  return {
    outer: sizeOf(runs.slice(0, at)),
    reduced: runs[at]!.size,
    inner: sizeOf(runs.slice(at + 1)),
  };
}

/** How many inner elements of a view a shader reads at once. */
export function lanesOf({ inner }: SliceView): 1 | 4 {
  return inner % 4 === 0 ? 4 : 1;
}

/**
 * The transpose of a tensor in which the reduced axes are the last ones.
 *
 * `restore` transposes a tensor back into the order and shape of the original, and releases its argument.
 */
export function gatherAxes(
  backend: WebGPUBackend,
  x: TensorInfo,
  axes: readonly number[],
): { gathered: TensorInfo; view: SliceView; restore(y: TensorInfo): TensorInfo } {
  const runs = runsOf(x.shape, axes);
  const positions = runs.map((_, position) => position);
  const perm = [
    ...positions.filter((position) => !runs[position]!.reduced),
    ...positions.filter((position) => runs[position]!.reduced),
  ];
  const merged = { ...x, shape: runs.map(({ size }) => size) };
  const gathered = callKernel(backend, 'Transpose', { x: merged }, { perm });
  const reduced = sizeOf(runs.filter((run) => run.reduced));
  return {
    gathered,
    view: { outer: sizeOf(runs) / reduced, reduced, inner: 1 },
    restore(y) {
      const inOrder = { ...y, shape: gathered.shape };
      const back = positions.map((position) => perm.indexOf(position));
      const restored = callKernel(backend, 'Transpose', { x: inOrder }, { perm: back });
      release(backend, y);
      return { ...restored, shape: [...x.shape] };
    },
  };
}

/** Merges adjacent axes that are all reduced, or all kept, into one axis. */
function runsOf(shape: readonly number[], axes: readonly number[]): Run[] {
  const runs: Run[] = [];
  shape.forEach((size, axis) => {
    const reduced = axes.includes(axis);
    const last = runs.at(-1);
    if (last !== undefined && last.reduced === reduced) last.size *= size;
    else runs.push({ size, reduced });
  });
  return runs;
}

function sizeOf(runs: readonly Run[]): number {
  return runs.reduce((all, { size }) => all * size, 1);
}
