import { arrayOf, type NdArray } from '../arrays.js';

/** Numbers of any kind with a shape. */
export type Numbers = { readonly shape: readonly number[]; readonly values: ArrayLike<number> };

/** The name of the set of elements that share statistics with the element at these coordinates. */
export type SetOf = (at: readonly number[]) => string | number;

/** Statistics by the name of the set, in the order of the sets' first elements. */
export type SetStatistics = ReadonlyMap<
  string | number,
  { mean: number; variance: number; meanSquare: number }
>;

/** Mean, biased variance and mean square of each set, by their definitions. */
export function statisticsOf(x: Numbers, setOf: SetOf): SetStatistics {
  const sets = new Map<string | number, number[]>();
  arrayOf(x.shape, (at, place) => {
    const name = setOf(at);
    const values = sets.get(name);
    if (values === undefined) sets.set(name, [x.values[place]!]);
    else values.push(x.values[place]!);
    return 0;
  });
  const meanOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return new Map(
    [...sets].map(([name, values]) => {
      const mean = meanOf(values);
      return [
        name,
        {
          mean,
          variance: meanOf(values.map((value) => (value - mean) ** 2)),
          meanSquare: meanOf(values.map((value) => value ** 2)),
        },
      ];
    }),
  );
}

/** (x − μ) / √(σ² + ε), μ and σ² of each element's own set. */
export function standardizeSets(x: Numbers, setOf: SetOf, epsilon: number): NdArray {
  const statistics = statisticsOf(x, setOf);
  return arrayOf(x.shape, (at, place) => {
    const { mean, variance } = statistics.get(setOf(at))!;
    return (x.values[place]! - mean) / Math.sqrt(variance + epsilon);
  });
}

/** The sets of elements with the same channel, the last axis. */
export const byChannel: SetOf = (at) => at.at(-1)!;

/**
 * The sets of elements with the same coordinates in all axes except `axes`, by their numbers: the place of a set's
 * statistics in a tensor of the kept axes.
 */
export function acrossAxes(
  axes: readonly number[],
  shape: readonly number[],
): (at: readonly number[]) => number {
  const kept = keptAxes(axes, shape.length);
  return (at) => kept.reduce((place, axis) => place * shape[axis]! + at[axis]!, 0);
}

/** For each element of a tensor, the place of its set's statistics in a tensor of the kept axes. */
export function setsOf(shape: readonly number[], axes: readonly number[]): Float64Array {
  const setOf = acrossAxes(axes, shape);
  return arrayOf(shape, setOf).values;
}

/** The axes of a tensor of this rank that are not in `axes`. */
export function keptAxes(axes: readonly number[], rank: number): number[] {
  const reduced = axes.map((axis) => (axis + rank) % rank);
  return Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !reduced.includes(axis));
}
