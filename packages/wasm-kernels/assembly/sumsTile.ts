import { VECTOR } from './job';

/** Bytes of a tile of 4 × 8 sums: four rows of two vectors, a row per channel of x, a column per result. */
export const TILE: usize = 8 * VECTOR;

/** Stores a tile: `cij` is vector j of row i. */
// @ts-ignore: decorator
@inline
export function storeTile(
  to: usize,
  c00: v128,
  c01: v128,
  c10: v128,
  c11: v128,
  c20: v128,
  c21: v128,
  c30: v128,
  c31: v128,
): void {
  v128.store(to, c00);
  v128.store(to, c01, VECTOR);
  v128.store(to, c10, 2 * VECTOR);
  v128.store(to, c11, 3 * VECTOR);
  v128.store(to, c20, 4 * VECTOR);
  v128.store(to, c21, 5 * VECTOR);
  v128.store(to, c30, 6 * VECTOR);
  v128.store(to, c31, 7 * VECTOR);
}
