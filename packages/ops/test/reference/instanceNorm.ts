import type { NdArray } from '@normlab/testing';
import { type AffineArrays, scaleAndOffset } from './scaleAndOffset.js';
import { standardizeSets } from './standardizeSets.js';

/** `instanceNorm`, naive, in float64. */
export function instanceNorm(x: NdArray, params: AffineArrays, { epsilon }: { epsilon: number }): NdArray {
  return scaleAndOffset(
    standardizeSets(x, (at) => `${at[0]},${at.at(-1)}`, epsilon),
    params,
  );
}
