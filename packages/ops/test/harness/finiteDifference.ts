import { arrayOf } from '@normlab/testing';
import type { Arrays } from './operation.js';

/** A difference quotient and a bound on its error. */
export type Estimate = { readonly value: number; readonly error: number };

/**
 * (f(x + hv) − f(x − hv)) / 2h in float64, and its error.
 *
 * The error is h²f‴/6 + …, a third of the difference to the quotient with 2h (Richardson); the bound takes the whole
 * difference; the roundings of f, of size `magnitude`, add 2⁻⁴⁴ · magnitude / h for up to 2⁸ of them.
 */
export function slopeAlong(
  f: (inputs: Arrays) => number,
  inputs: Arrays,
  direction: Arrays,
  { step = 2 ** -13, magnitude }: { step?: number; magnitude: number },
): Estimate {
  const quotient = (h: number) =>
    (f(moved(inputs, direction, h)) - f(moved(inputs, direction, -h))) / (2 * h);
  const value = quotient(step);
  return { value, error: Math.abs(value - quotient(2 * step)) + (2 ** -44 * magnitude) / step };
}

/** The second derivative along u and v: the derivative along u of the derivative along v, with its error bound. */
export function curvatureAlong(
  f: (inputs: Arrays) => number,
  inputs: Arrays,
  [u, v]: readonly [Arrays, Arrays],
  { magnitude }: { magnitude: number },
): Estimate {
  const step = 2 ** -9;
  const along = (h: number) => (at: Arrays) => slopeAlong(f, at, v, { step: h, magnitude }).value;
  const fine = slopeAlong(along(step), inputs, u, { step, magnitude: 0 });
  const coarse = slopeAlong(along(2 * step), inputs, u, { step, magnitude: 0 });
  const roundings = (2 ** -44 * magnitude) / step ** 2;
  return { value: fine.value, error: fine.error + Math.abs(fine.value - coarse.value) + roundings };
}

function moved(inputs: Arrays, direction: Arrays, h: number): Arrays {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, values }]) => {
      const along = direction[name];
      return [name, arrayOf(shape, (_, place) => values[place]! + h * (along?.values[place] ?? 0))];
    }),
  );
}
