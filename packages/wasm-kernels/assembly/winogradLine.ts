import { madd } from './madd';

/**
 * The one-dimensional transforms of Winograd's algorithm (Winograd 1980; Lavin & Gray 2016), four channels at a time.
 *
 * A convolution of n values with r taps is a product of polynomials, so it follows from the products of their values at
 * points: y = Aᵀ[(G g) ⊙ (Bᵀ d)]. Each class of the files winogradLines*.ts is one of these matrices as a program: `line`
 * multiplies one line of vectors, `fromStep` apart, by it, to another line, `toStep` apart. `src/kernels/winogradVariants.ts`
 * has the matrices themselves, with which tests compare these programs.
 *
 * A class is a type argument of `square` in winogradTransforms.ts, so the compiler makes one function of each. For the wide
 * build, `scripts/pairsOfLines.js` writes `pair` beside `line`, the same for two neighbouring vectors; so each statement
 * of a `line` declares, assigns or stores one vector.
 */

// @ts-ignore: decorator
@inline
export function times(factor: f32, value: v128): v128 {
  return f32x4.mul(f32x4.splat(factor), value);
}

/** factor · value + rest. */
// @ts-ignore: decorator
@inline
export function plus(factor: f32, value: v128, rest: v128): v128 {
  return madd(f32x4.splat(factor), value, rest);
}
