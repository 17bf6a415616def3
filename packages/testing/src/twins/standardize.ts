import { arrayOf, type NdArray } from '../arrays.js';
import { acrossAxes, keptAxes, type Numbers, standardizeSets, statisticsOf } from './sets.js';

/** `standardize`, naive, in float64. */
export function standardize(
  x: Numbers,
  axes: readonly number[],
  epsilon: number,
): { y: NdArray; mean: NdArray; variance: NdArray } {
  const setOf = acrossAxes(axes, x.shape);
  const statistics = statisticsOf(x, setOf);
  const kept = keptAxes(axes, x.shape.length).map((axis) => x.shape[axis]!);
  return {
    y: standardizeSets(x, setOf, epsilon),
    mean: arrayOf(kept, (_, set) => statistics.get(set)!.mean),
    variance: arrayOf(kept, (_, set) => statistics.get(set)!.variance),
  };
}

/**
 * The gradient of `standardize`: dx = (dy − mean dy − y·mean(dy·y))/√(σ² + ε), and both means, `mean` and `slope`;
 * naive, in float64, from any y and σ².
 */
export function standardizeGradient(
  dy: Numbers,
  y: Numbers,
  variance: Numbers,
  axes: readonly number[],
  epsilon: number,
): { dx: NdArray; mean: NdArray; slope: NdArray } {
  const products = arrayOf(dy.shape, (_, place) => dy.values[place]! * y.values[place]!);
  const { mean } = standardize(dy, axes, epsilon);
  const { mean: slope } = standardize(products, axes, epsilon);
  const setOf = acrossAxes(axes, dy.shape);
  const dx = arrayOf(dy.shape, (at, place) => {
    const set = setOf(at);
    const bracket = dy.values[place]! - mean.values[set]! - y.values[place]! * slope.values[set]!;
    return bracket / Math.sqrt(variance.values[set]! + epsilon);
  });
  return { dx, mean, slope };
}
