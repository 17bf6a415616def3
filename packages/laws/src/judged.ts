import { largest, type Tracked } from './bounds/tracked.js';
import type { Values } from './values.js';

/**
 * Values in a law: the subject's results with the exact values and the largest error.
 *
 * The functions of this file compute in float64, which is taken as exact, and propagate errors.
 */
export type Judged = Tracked & {
  readonly computed: Float64Array;
  /** Whether the subject returned these values, so that passing them on needs no rounding. */
  readonly stored?: boolean;
};

/** Judged values, or a number that is known exactly. */
export type Operand = Judged | number;

/** Values that are known exactly, as those of samples. */
export function known({
  data,
  shape,
}: Values | { data: ArrayLike<number>; shape: readonly number[] }): Judged {
  const value = Float64Array.from(data);
  return { shape, value, computed: value, error: new Float64Array(value.length), size: largest(value) };
}

/** The subject's result, taken as exact: its error is 0 from here on. */
export function given({ computed, shape }: Judged): Judged {
  return { ...known({ data: computed, shape }), stored: true };
}

/** a + b; the shorter one, per channel or a number, is repeated. Errors add. */
export function add(a: Operand, b: Operand): Judged {
  return combined(
    a,
    b,
    (x, y) => x + y,
    (_, ex, __, ey) => ex + ey,
    Math.max,
  );
}

/** a − b. */
export function sub(a: Operand, b: Operand): Judged {
  return combined(
    a,
    b,
    (x, y) => x - y,
    (_, ex, __, ey) => ex + ey,
    Math.max,
  );
}

/** a·b: error |a|·e_b + |b|·e_a + e_a·e_b. */
export function mul(a: Operand, b: Operand): Judged {
  return combined(
    a,
    b,
    (x, y) => x * y,
    (x, ex, y, ey) => Math.abs(x) * ey + (Math.abs(y) + ey) * ex,
    (x, y) => x * y,
  );
}

/** a/b, if b is known exactly. */
export function div(a: Operand, b: Operand): Judged {
  return combined(
    a,
    b,
    (x, y) => x / y,
    (_, ex, y) => ex / Math.abs(y),
    (x, y) => x / y,
  );
}

/** x². */
export function square(x: Judged): Judged {
  return combined(
    x,
    x,
    (a) => a * a,
    (a, e) => 2 * Math.abs(a) * e + e * e,
    (s) => s * s,
  );
}

/** Element by element, by a function of slope ≤ 1. */
export function apply(x: Judged, f: (each: number, i: number) => number): Judged {
  return { ...x, value: x.value.map(f), computed: x.computed.map(f), stored: false };
}

/** Σx over all but the last axis. */
export function sum(x: Judged): Judged {
  const channels = x.shape[x.shape.length - 1]!;
  const m = x.value.length / channels;
  const over = (values: Float64Array) => {
    const sums = new Float64Array(channels);
    for (let i = 0; i < values.length; i++) sums[i % channels]! += values[i]!;
    return sums;
  };
  return {
    shape: [channels],
    value: over(x.value),
    computed: over(x.computed),
    error: over(x.error),
    size: x.size * m,
    ...(x.channelSizes && { channelSizes: x.channelSizes.map((each) => each * m) }),
  };
}

/** The mean over all but the last axis. */
export function mean(x: Judged): Judged {
  return mul(x.shape[x.shape.length - 1]! / x.value.length, sum(x));
}

/** ⟨a_k, b_k⟩ of every channel k. */
export function inner(a: Judged, b: Judged): Judged {
  return sum(mul(a, b));
}

/** ‖x_k‖² of every channel k. */
export function squaredLength(x: Judged): Judged {
  return sum(square(x));
}

/** ‖x_k‖ of every channel k: error ‖e_k‖, by the triangle inequality. */
export function length(x: Judged): Judged {
  const root = (values: Float64Array) =>
    sum(square(known({ data: values, shape: x.shape }))).value.map(Math.sqrt);
  const [value, computed, error] = [x.value, x.computed, x.error].map(root);
  return { shape: [value!.length], value: value!, computed: computed!, error: error!, size: x.size };
}

/** The values at these places of x. */
export function gather(x: Judged, shape: readonly number[], from: (i: number) => number): Judged {
  const { length: size } = { length: shape.reduce((a, b) => a * b, 1) };
  const pick = (values: Float64Array) => Float64Array.from({ length: size }, (_, i) => values[from(i)]!);
  return { shape, value: pick(x.value), computed: pick(x.computed), error: pick(x.error), size: x.size };
}

/** The same values with their errors, compared in units of this size. */
export function sized(x: Judged, size: number): Judged {
  const { channelSizes: _, ...rest } = x;
  return { ...rest, size };
}

/** The same values with additional errors. */
export function widened(x: Judged, by: ArrayLike<number>): Judged {
  return { ...x, error: x.error.map((each, i) => each + by[i]!) };
}

function combined(
  one: Operand,
  other: Operand,
  f: (a: number, b: number) => number,
  error: (a: number, ea: number, b: number, eb: number) => number,
  size: (a: number, b: number) => number,
): Judged {
  const [a, b] = [one, other].map((each) =>
    typeof each === 'number' ? known({ data: [each], shape: [] }) : each,
  ) as [Judged, Judged];
  const [na, nb] = [a.value.length, b.value.length];
  const n = Math.max(na, nb);
  const shape = na < nb || (na === nb && a.shape.length < b.shape.length) ? b.shape : a.shape;
  const [value, computed, errors] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    const [ia, ib] = [i % na, i % nb];
    value[i] = f(a.value[ia]!, b.value[ib]!);
    computed[i] = f(a.computed[ia]!, b.computed[ib]!);
    errors[i] = error(a.value[ia]!, a.error[ia]!, b.value[ib]!, b.error[ib]!);
  }
  const result = { shape, value, computed, error: errors, size: size(a.size, b.size) };
  const sizes = a.channelSizes ?? b.channelSizes;
  if (sizes === undefined) return result;
  const channelSizes = sizes.map((_, c) =>
    size(a.channelSizes?.[c] ?? a.size, b.channelSizes?.[c] ?? b.size),
  );
  return { ...result, channelSizes };
}
