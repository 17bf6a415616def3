import type { NdArray } from '@normlab/testing';
import { acrossAxes, standardizeSets, statisticsOf } from './standardizeSets.js';

/** `standardize`, naive, in float64. */
export function standardize(
  x: NdArray,
  axes: readonly number[],
  epsilon: number,
): { y: NdArray; mean: number[]; variance: number[] } {
  const setOf = acrossAxes(axes, x.shape.length);
  const statistics = [...statisticsOf(x, setOf).values()];
  return {
    y: standardizeSets(x, setOf, epsilon),
    mean: statistics.map(({ mean }) => mean),
    variance: statistics.map(({ variance }) => variance),
  };
}
