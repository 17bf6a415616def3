import { sizeOf, type Values } from '../values.js';

/**
 * Values in exact arithmetic (float64 stands for it) together with how far any backend's float32
 * results may be from them: |computed − value| ≤ error, element by element.
 *
 * Each function of this folder takes the errors of its inputs, adds those of its own roundings in
 * the worst order of summation, and so carries the bound through a whole network (Wilkinson's
 * running error analysis; Higham 2002, §3.3).
 */
export type Tracked = {
  readonly shape: readonly number[];
  readonly value: Float64Array;
  readonly error: Float64Array;
  /** Natural size of the values: the largest magnitude before terms cancel. */
  readonly size: number;
};

/** Values that the subject is given as they are. */
export function exactly({ data, shape }: Values): Tracked {
  const value = Float64Array.from(data);
  return { shape, value, error: new Float64Array(value.length), size: largest(value) };
}

/** Zeros. */
export function exactZeros(shape: readonly number[]): Tracked {
  return exactly({ data: new Float64Array(sizeOf(shape)), shape });
}

/** What a subject is handed, beside what is meant. */
export type Rounded = { readonly values: Values; readonly tracked: Tracked };

/**
 * The values that exact arithmetic means, and what a subject of this precision can be handed for
 * them. The error is the actual one of the rounding: none at all for multiples by a power of two.
 */
export function rounded(exact: ArrayLike<number>, shape: readonly number[], roundoff: number): Rounded {
  const value = Float64Array.from(exact);
  const inSingle = roundoff > 2 ** -40;
  const data = inSingle ? Float32Array.from(value) : value;
  const error = value.map((each, index) =>
    inSingle ? Math.abs(data[index]! - each) : roundoff * Math.abs(each),
  );
  return { values: { data, shape }, tracked: { shape, value, error, size: largest(value) } };
}

/** factor · x, the factor being exact. */
export function multiple(x: Tracked, factor: number): Tracked {
  const magnitude = Math.abs(factor);
  return {
    shape: x.shape,
    value: x.value.map((each) => each * factor),
    error: x.error.map((each) => each * magnitude),
    size: x.size * magnitude,
  };
}

/** The largest magnitude. */
export function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!));
  return most;
}
