import { arrayOf, type NdArray } from '@normlab/testing';

/** A gain and bias per channel, either of which may be absent. */
export type AffineArrays = { readonly scale?: NdArray; readonly offset?: NdArray };

/** γ · x + β, with γ = 1 or β = 0 where absent. */
export function scaleAndShift(x: NdArray, { scale, offset }: AffineArrays): NdArray {
  return arrayOf(x.shape, (at, place) => {
    const channel = at.at(-1)!;
    const gain = scale === undefined ? 1 : scale.values[channel]!;
    const bias = offset === undefined ? 0 : offset.values[channel]!;
    return gain * x.values[place]! + bias;
  });
}
