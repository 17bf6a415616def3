import type { NdArray } from '../arrays.js';
import { type AffineArrays, scaleAndOffset } from './scaleAndOffset.js';
import { standardizeSets } from './sets.js';

/** `instanceNorm`, naive, in float64. */
export function instanceNorm(x: NdArray, params: AffineArrays, { epsilon }: { epsilon: number }): NdArray {
  return scaleAndOffset(
    standardizeSets(x, (at) => `${at[0]},${at.at(-1)}`, epsilon),
    params,
  );
}
