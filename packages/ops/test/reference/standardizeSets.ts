import { arrayOf, type NdArray } from '@normlab/testing';

/** The name of the set of elements that share statistics with the element at these coordinates. */
export type SetOf = (at: readonly number[]) => string;

/** Statistics by the name of the set, in the order of the sets' first elements. */
export type SetStatistics = ReadonlyMap<string, { mean: number; variance: number; meanSquare: number }>;

/** Mean, biased variance and mean square of each set, by their definitions. */
export function statisticsOf(x: NdArray, setOf: SetOf): SetStatistics {
  const sets = new Map<string, number[]>();
  arrayOf(x.shape, (at, place) => {
    const name = setOf(at);
    sets.set(name, [...(sets.get(name) ?? []), x.values[place]!]);
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
export function standardizeSets(x: NdArray, setOf: SetOf, epsilon: number): NdArray {
  const statistics = statisticsOf(x, setOf);
  return arrayOf(x.shape, (at, place) => {
    const { mean, variance } = statistics.get(setOf(at))!;
    return (x.values[place]! - mean) / Math.sqrt(variance + epsilon);
  });
}

/** The sets of elements with the same channel, the last axis. */
export const byChannel: SetOf = (at) => `${at.at(-1)}`;

/** The sets of elements with the same coordinates in all axes except `axes`. */
export function acrossAxes(axes: readonly number[], rank: number): SetOf {
  const reduced = axes.map((axis) => (axis + rank) % rank);
  return (at) => at.filter((_, axis) => !reduced.includes(axis)).join();
}
