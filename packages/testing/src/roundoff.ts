/** u, half a unit in the last place of float32. */
export const unitRoundoff = 2 ** -24;

/**
 * γ(n) = n·u / (1 − n·u): the relative error of n roundings in a row, and of a float32 sum of n terms of one
 * sign in any order (Higham 2002, lemma 3.1 and section 4.2).
 */
export function gamma(count: number): number {
  return (count * unitRoundoff) / (1 - count * unitRoundoff);
}

/**
 * Rounding errors of a square root and a division that WGSL allows: 1 / √ within 2 units in the last place (4 u) inside
 * the square root, two divisions within 2.5 units (5 u each), and a product.
 */
export const rootRoundings = 16;
