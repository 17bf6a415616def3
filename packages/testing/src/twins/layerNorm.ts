import type { NdArray } from '../arrays.js';
import { type AffineArrays, scaleAndOffset } from './scaleAndOffset.js';
import { acrossAxes, standardizeSets } from './sets.js';

/** `layerNorm`, naive, in float64. */
export function layerNorm(
  x: NdArray,
  params: AffineArrays,
  { axes, epsilon }: { axes: readonly number[]; epsilon: number },
): NdArray {
  return scaleAndOffset(standardizeSets(x, acrossAxes(axes, x.shape), epsilon), params, axes);
}
