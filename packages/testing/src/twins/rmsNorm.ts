import { arrayOf, type NdArray } from '../arrays.js';
import { type AffineArrays, scaleAndOffset } from './scaleAndOffset.js';
import { acrossAxes, statisticsOf } from './sets.js';

/** `rmsNorm`, naive, in float64. */
export function rmsNorm(
  x: NdArray,
  params: AffineArrays,
  { axes, epsilon }: { axes: readonly number[]; epsilon: number },
): NdArray {
  const setOf = acrossAxes(axes, x.shape);
  const statistics = statisticsOf(x, setOf);
  const standardized = arrayOf(
    x.shape,
    (at, place) => x.values[place]! / Math.sqrt(statistics.get(setOf(at))!.meanSquare + epsilon),
  );
  return scaleAndOffset(standardized, params, axes);
}
