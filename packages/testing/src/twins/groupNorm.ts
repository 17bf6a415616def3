import type { NdArray } from '../arrays.js';
import { type AffineArrays, scaleAndOffset } from './scaleAndOffset.js';
import { standardizeSets } from './sets.js';

/** `groupNorm`, naive, in float64. */
export function groupNorm(
  x: NdArray,
  params: AffineArrays,
  { groups, epsilon }: { groups: number; epsilon: number },
): NdArray {
  const groupSize = x.shape.at(-1)! / groups;
  return scaleAndOffset(
    standardizeSets(x, (at) => `${at[0]},${Math.floor(at.at(-1)! / groupSize)}`, epsilon),
    params,
  );
}
