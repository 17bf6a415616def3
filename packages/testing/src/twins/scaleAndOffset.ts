import { arrayOf, type NdArray } from '../arrays.js';

/** A scale and an offset; either may be absent. */
export type AffineArrays = { readonly scale?: NdArray; readonly offset?: NdArray };

/** Index of a parameter's value for these coordinates: from the last axis if the parameter is [C], else from `axes`. */
export function placeInParam(param: NdArray, at: readonly number[], axes: readonly number[] = []): number {
  const isPerChannel = param.shape.length === 1 && axes.length !== 1;
  const along = isPerChannel
    ? [at.length - 1]
    : axes.map((axis) => (axis + at.length) % at.length).sort((a, b) => a - b);
  return along.reduce((place, axis, index) => place * param.shape[index]! + at[axis]!, 0);
}

/** γ · x + β, with γ = 1 or β = 0 where absent; parameters are [C], or have the shape of `axes`. */
export function scaleAndOffset(
  x: NdArray,
  { scale, offset }: AffineArrays,
  axes?: readonly number[],
): NdArray {
  return arrayOf(x.shape, (at, place) => {
    const gain = scale === undefined ? 1 : scale.values[placeInParam(scale, at, axes)]!;
    const bias = offset === undefined ? 0 : offset.values[placeInParam(offset, at, axes)]!;
    return gain * x.values[place]! + bias;
  });
}
