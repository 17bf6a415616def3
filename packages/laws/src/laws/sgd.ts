import { gamma } from '../bounds/roundoff.js';
import type { SgdOptions } from '../subject.js';
import type { Values } from '../values.js';
import type { Variables } from '../variables.js';

/** A velocity of 0 for every variable. */
export function atRest(params: Variables<Values>): Variables<Values> {
  return Object.fromEntries(
    Object.entries(params).map(([path, { data, shape }]) => [
      path,
      { data: new Float32Array(data.length), shape },
    ]),
  );
}

/**
 * How far W − η(m·v + g + λW) in floating point is from exact, element by element.
 *
 * Six operations and three rounded options: γ₉ of |W| + η(|g| + λ|W| + m|v|).
 */
export function sgdRounding(
  param: Values,
  velocity: Values,
  gradient: Values,
  { learningRate, weightDecay, momentum }: SgdOptions,
  roundoff: number,
): Float64Array {
  return Float64Array.from(param.data, (w, i) => {
    const pull =
      Math.abs(gradient.data[i]!) + weightDecay * Math.abs(w) + momentum * Math.abs(velocity.data[i]!);
    return gamma(9, roundoff) * (Math.abs(w) + learningRate * pull);
  });
}
