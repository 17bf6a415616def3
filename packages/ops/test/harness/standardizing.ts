import { type NdArray, normalArray, type twins } from '@normlab/testing';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { AffineParams } from '../../src/index.js';
import type { Arrays, Operation } from './operation.js';
import { type Standardization, standardizationBounds } from './standardizationBounds.js';

/** An operation γ · standardize(x) + β on inputs x and, if present, scale and offset. */
export function standardizing(
  { x, ...params }: Arrays,
  {
    run,
    reference,
    ...standardization
  }: Omit<Standardization, 'x'> & {
    readonly run: (x: Tensor, params: AffineParams) => Tensor;
    readonly reference: (x: NdArray, params: twins.AffineArrays) => NdArray;
  },
): Operation {
  return {
    inputs: { x: x!, ...params },
    run: (inputs) => run(inputs.x!, affineParams(inputs)),
    reference: ({ x, ...params }) => reference(x!, params),
    bounds: (dy) => standardizationBounds({ ...standardization, x: x! }, params, dy),
  };
}

/** The scale and offset among named inputs. */
export function affineParams(inputs: Readonly<Record<string, Tensor>>): AffineParams {
  const { scale, offset } = inputs;
  return {
    ...(scale === undefined ? {} : { scale: scale as Tensor1D }),
    ...(offset === undefined ? {} : { offset: offset as Tensor1D }),
  };
}

/** Shapes of ranks 2 to 5, the fourth first. */
export const shapes: readonly (readonly number[])[] = [
  [2, 3, 5, 4],
  [7, 4],
  [3, 5, 4],
  [2, 3, 2, 3, 4],
];

/** Inputs of each shape: rank 4 with every combination of scale and offset, the other ranks with both. */
export function affineInputs(
  of: readonly (readonly number[])[] = shapes,
): { title: string; inputs: Arrays }[] {
  return of.flatMap((shape) => {
    const x = normalArray(shape, 1, { mean: 0.5, deviation: 2 });
    const scale = normalArray([shape.at(-1)!], 2);
    const offset = normalArray([shape.at(-1)!], 3);
    const forms = [
      { title: `rank ${shape.length}, constant`, inputs: { x } },
      { title: `rank ${shape.length}, scale only`, inputs: { x, scale } },
      { title: `rank ${shape.length}, offset only`, inputs: { x, offset } },
      { title: `rank ${shape.length}, scale and offset`, inputs: { x, scale, offset } },
    ];
    return shape.length === 4 ? forms : forms.slice(-1);
  });
}

/** Inputs of rank 4 with parameters of the shape of the normalized axes: the last axes, other axes, and all axes. */
export function normalizedInputs(): { title: string; inputs: Arrays; axes: readonly number[] }[] {
  const shape = shapes[0]!;
  const x = normalArray(shape, 1, { mean: 0.5, deviation: 2 });
  return [[1, 2, 3], [-1, -2], [1], [2, 0], [0, 1, 2, 3]].map((axes) => {
    const normalized = shape.filter((_, axis) => axes.includes(axis) || axes.includes(axis - shape.length));
    const scale = normalArray(normalized, 2);
    // One parameter per element and one per channel: each is recognized by its shape.
    const offset = normalArray(axes.length === 3 ? shape.slice(-1) : normalized, 3);
    return { title: `over [${axes}]`, inputs: { x, scale, offset }, axes };
  });
}
