import { sizeOf, type Values } from '../values.js';

/**
 * Values in exact arithmetic (float64 is taken as exact) with the largest error of any backend's float32
 * results: |computed − value| ≤ error, element by element.
 *
 * Each function of this folder propagates the errors of its inputs and adds those of its own roundings, for
 * the worst order of summation; so the bound passes through a whole network (Wilkinson's
 * running error analysis; Higham 2002, §3.3).
 */
export type Tracked = {
  readonly shape: readonly number[];
  readonly value: Float64Array;
  readonly error: Float64Array;
  /** Natural size of the values: the largest magnitude before terms cancel. */
  readonly size: number;
  /** The same for each channel, where channels differ. */
  readonly channelSizes?: Float64Array;
};

/** Values that the subject gets exactly, so that their error is 0. */
export function exactly({ data, shape }: Values): Tracked {
  return trackedBy(
    shape,
    (i) => data[i]!,
    () => 0,
  );
}

/** Values and errors by their flat index; the size is the largest magnitude unless given. */
export function trackedBy(
  shape: readonly number[],
  valueAt: (i: number) => number,
  errorAt: (i: number) => number,
  size?: number,
): Tracked {
  const length = sizeOf(shape);
  const value = Float64Array.from({ length }, (_, i) => valueAt(i));
  const error = Float64Array.from({ length }, (_, i) => errorAt(i));
  return { shape, value, error, size: size ?? largest(value) };
}

/** The largest magnitude. */
export function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!));
  return most;
}
