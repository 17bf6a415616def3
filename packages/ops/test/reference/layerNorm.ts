import type { NdArray } from '@normlab/testing';
import { type AffineArrays, scaleAndOffset } from './scaleAndOffset.js';
import { acrossAxes, standardizeSets } from './standardizeSets.js';

/** `layerNorm`, naive, in float64. */
export function layerNorm(
  x: NdArray,
  params: AffineArrays,
  { axes, epsilon }: { axes: readonly number[]; epsilon: number },
): NdArray {
  return scaleAndOffset(standardizeSets(x, acrossAxes(axes, x.shape.length), epsilon), params, axes);
}
