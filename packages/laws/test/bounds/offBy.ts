import { deriveSeed, randomStream } from '@normlab/random';
import type { Tracked } from '../../src/bounds/tracked.js';
import { sizeOf } from '../../src/values.js';

/** A coarse unit roundoff, so that terms of second order can be seen. */
export const u = 2 ** -10;

/** γₙ for it: n/(2¹⁰ − n). */
export const gamma = (n: number): number => n / (1024 - n);

/** Values with their errors, which are repeated if there are fewer of them. */
export function offBy(shape: number[], value: readonly number[], error: readonly number[]): Tracked {
  const length = sizeOf(shape);
  return {
    shape,
    value: Float64Array.from({ length }, (_, i) => value[i % value.length]!),
    error: Float64Array.from({ length }, (_, i) => error[i % error.length]!),
    size: Math.max(...value.map(Math.abs)),
  };
}

/** Values and errors as numbers of ten digits, to be compared with a snapshot or a list. */
export const rounded = (values: ArrayLike<number>): number[] =>
  Array.from(values, (each) => Number(each.toPrecision(10)));

/** Values and errors that all differ. */
export function drawn(name: string, shape: number[], mean = 0): Tracked {
  const stream = randomStream(deriveSeed(1, name));
  const size = shape.reduce((a, b) => a * b, 1);
  const value = Array.from({ length: size }, () => mean + stream.uniform(-4, 4));
  return offBy(
    shape,
    value,
    Array.from({ length: size }, () => stream.uniform(0, 0.25)),
  );
}

/** Σ and mean of a list. */
export const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
export const average = (values: readonly number[]) => sum(values) / values.length;
