import { madd } from './madd';
import { VECTOR } from './words';

/**
 * The transforms of F(4×4, 3×3), Winograd's minimal filtering (Lavin & Gray 2016), at the points 0, 1, −1, ½, −2, ∞.
 *
 * A 3×3 convolution of a 6×6 tile has 4×4 results and takes 144 products; through these transforms it takes
 * 36. The usual points 0, ±1, ±2, ∞ lose some three bits; ½ and −2, which are each other's negative inverse,
 * lose one and a half (Barabasz et al. 2020 on the choice of points).
 *
 * With z(k) = d(k+2) + 1.5·d(k+1) − d(k), which stands for (x − ½)(x + 2):
 * Bᵀd = [z2 − z0, z2 + z1, z2 − z1, (d4 − d2) + 2(d3 − d1), (d4 − d2) − ½(d3 − d1), z3 − z1];
 * Aᵀm = Σ over points a of [1, a, a², a³]·m, and m5 for the last; G scales the value at point a by 1/Π(a − other points).
 */

/** Bᵀ d B for 4 channels of one tile: 36 vectors, `toStep` apart. */
export function transformInput(
  from: usize,
  rowStep: usize,
  pixelStep: usize,
  temporary: usize,
  to: usize,
  toStep: usize,
): void {
  const threeHalves = f32x4.splat(1.5);
  let column = temporary;
  for (let x = 0; x < 6; x++) {
    const d0 = v128.load(from);
    const d1 = v128.load(from + rowStep);
    const d2 = v128.load(from + 2 * rowStep);
    const d3 = v128.load(from + 3 * rowStep);
    const d4 = v128.load(from + 4 * rowStep);
    const d5 = v128.load(from + 5 * rowStep);
    const z0 = madd(threeHalves, d1, f32x4.sub(d2, d0));
    const across = f32x4.sub(d3, d1);
    const z1 = madd(threeHalves, d2, across);
    const along = f32x4.sub(d4, d2);
    const z2 = madd(threeHalves, d3, along);
    const z3 = madd(threeHalves, d4, f32x4.sub(d5, d3));
    v128.store(column, f32x4.sub(z2, z0));
    v128.store(column, f32x4.add(z2, z1), 6 * VECTOR);
    v128.store(column, f32x4.sub(z2, z1), 12 * VECTOR);
    v128.store(column, madd(f32x4.splat(2), across, along), 18 * VECTOR);
    v128.store(column, madd(f32x4.splat(-0.5), across, along), 24 * VECTOR);
    v128.store(column, f32x4.sub(z3, z1), 30 * VECTOR);
    from += pixelStep;
    column += VECTOR;
  }
  let row = temporary;
  for (let y = 0; y < 6; y++) {
    const d0 = v128.load(row);
    const d1 = v128.load(row, VECTOR);
    const d2 = v128.load(row, 2 * VECTOR);
    const d3 = v128.load(row, 3 * VECTOR);
    const d4 = v128.load(row, 4 * VECTOR);
    const d5 = v128.load(row, 5 * VECTOR);
    const z0 = madd(threeHalves, d1, f32x4.sub(d2, d0));
    const across = f32x4.sub(d3, d1);
    const z1 = madd(threeHalves, d2, across);
    const along = f32x4.sub(d4, d2);
    const z2 = madd(threeHalves, d3, along);
    const z3 = madd(threeHalves, d4, f32x4.sub(d5, d3));
    v128.store(to, f32x4.sub(z2, z0));
    v128.store(to + toStep, f32x4.add(z2, z1));
    v128.store(to + 2 * toStep, f32x4.sub(z2, z1));
    v128.store(to + 3 * toStep, madd(f32x4.splat(2), across, along));
    v128.store(to + 4 * toStep, madd(f32x4.splat(-0.5), across, along));
    v128.store(to + 5 * toStep, f32x4.sub(z3, z1));
    row += 6 * VECTOR;
    to += 6 * toStep;
  }
}

/** Aᵀ m A for 4 results of one tile: `rows` × `columns` of its 4 × 4 pixels. */
export function transformOutput(
  from: usize,
  fromStep: usize,
  temporary: usize,
  to: usize,
  rowStep: usize,
  pixelStep: usize,
  rows: i32,
  columns: i32,
): void {
  let column = temporary;
  for (let x = 0; x < 6; x++) {
    const m0 = v128.load(from);
    const m1 = v128.load(from + 6 * fromStep);
    const m2 = v128.load(from + 12 * fromStep);
    const m3 = v128.load(from + 18 * fromStep);
    const m4 = v128.load(from + 24 * fromStep);
    const m5 = v128.load(from + 30 * fromStep);
    const even = f32x4.add(m1, m2);
    const odd = f32x4.sub(m1, m2);
    v128.store(column, f32x4.add(f32x4.add(m0, even), f32x4.add(m3, m4)));
    v128.store(column, madd(f32x4.splat(-2), m4, madd(f32x4.splat(0.5), m3, odd)), 6 * VECTOR);
    v128.store(column, madd(f32x4.splat(4), m4, madd(f32x4.splat(0.25), m3, even)), 12 * VECTOR);
    const third = madd(f32x4.splat(-8), m4, madd(f32x4.splat(0.125), m3, odd));
    v128.store(column, f32x4.add(third, m5), 18 * VECTOR);
    from += fromStep;
    column += VECTOR;
  }
  let row = temporary;
  for (let y = 0; y < rows; y++) {
    const m0 = v128.load(row);
    const m1 = v128.load(row, VECTOR);
    const m2 = v128.load(row, 2 * VECTOR);
    const m3 = v128.load(row, 3 * VECTOR);
    const m4 = v128.load(row, 4 * VECTOR);
    const m5 = v128.load(row, 5 * VECTOR);
    const even = f32x4.add(m1, m2);
    const odd = f32x4.sub(m1, m2);
    v128.store(to, f32x4.add(f32x4.add(m0, even), f32x4.add(m3, m4)));
    if (columns > 1) {
      v128.store(to + pixelStep, madd(f32x4.splat(-2), m4, madd(f32x4.splat(0.5), m3, odd)));
    }
    if (columns > 2) {
      v128.store(to + 2 * pixelStep, madd(f32x4.splat(4), m4, madd(f32x4.splat(0.25), m3, even)));
    }
    if (columns > 3) {
      const third = madd(f32x4.splat(-8), m4, madd(f32x4.splat(0.125), m3, odd));
      v128.store(to + 3 * pixelStep, f32x4.add(third, m5));
    }
    row += 6 * VECTOR;
    to += rowStep;
  }
}

/** A y Aᵀ for 4 results of one tile of 4 × 4 pixels: 36 vectors, `toStep` apart. */
export function transformGradient(
  from: usize,
  rowStep: usize,
  pixelStep: usize,
  temporary: usize,
  to: usize,
  toStep: usize,
): void {
  let column = temporary;
  for (let x = 0; x < 4; x++) {
    const y0 = v128.load(from);
    const y1 = v128.load(from + rowStep);
    const y2 = v128.load(from + 2 * rowStep);
    const y3 = v128.load(from + 3 * rowStep);
    const even = f32x4.add(y0, y2);
    const odd = f32x4.add(y1, y3);
    v128.store(column, y0);
    v128.store(column, f32x4.add(even, odd), 4 * VECTOR);
    v128.store(column, f32x4.sub(even, odd), 8 * VECTOR);
    v128.store(column, atHalf(y0, y1, y2, y3), 12 * VECTOR);
    v128.store(column, atMinusTwo(y0, y1, y2, y3), 16 * VECTOR);
    v128.store(column, y3, 20 * VECTOR);
    from += pixelStep;
    column += VECTOR;
  }
  let row = temporary;
  for (let y = 0; y < 6; y++) {
    const y0 = v128.load(row);
    const y1 = v128.load(row, VECTOR);
    const y2 = v128.load(row, 2 * VECTOR);
    const y3 = v128.load(row, 3 * VECTOR);
    const even = f32x4.add(y0, y2);
    const odd = f32x4.add(y1, y3);
    v128.store(to, y0);
    v128.store(to + toStep, f32x4.add(even, odd));
    v128.store(to + 2 * toStep, f32x4.sub(even, odd));
    v128.store(to + 3 * toStep, atHalf(y0, y1, y2, y3));
    v128.store(to + 4 * toStep, atMinusTwo(y0, y1, y2, y3));
    v128.store(to + 5 * toStep, y3);
    row += 4 * VECTOR;
    to += 6 * toStep;
  }
}

/** y0 + y1·a + y2·a² + y3·a³ at a = ½ and at a = −2, by Horner's rule. */
// @ts-ignore: decorator
@inline
function atHalf(y0: v128, y1: v128, y2: v128, y3: v128): v128 {
  const a = f32x4.splat(0.5);
  return madd(a, madd(a, madd(a, y3, y2), y1), y0);
}

// @ts-ignore: decorator
@inline
function atMinusTwo(y0: v128, y1: v128, y2: v128, y3: v128): v128 {
  const a = f32x4.splat(-2);
  return madd(a, madd(a, madd(a, y3, y2), y1), y0);
}

/** G g Gᵀ for 4 results at one channel: from 9 vectors (3 × 3) to 36, `toStep` apart. */
export function transformFilter(taps: usize, temporary: usize, to: usize, toStep: usize): void {
  let from = taps;
  let column = temporary;
  for (let x = 0; x < 3; x++) {
    const g0 = v128.load(from);
    const g1 = v128.load(from, 3 * VECTOR);
    const g2 = v128.load(from, 6 * VECTOR);
    const ends = f32x4.add(g0, g2);
    v128.store(column, g0);
    v128.store(column, f32x4.mul(f32x4.splat(1 / 3), f32x4.add(ends, g1)), 3 * VECTOR);
    v128.store(column, f32x4.mul(f32x4.splat(-1 / 3), f32x4.sub(ends, g1)), 6 * VECTOR);
    v128.store(column, f32x4.mul(f32x4.splat(-16 / 15), quadraticAtHalf(g0, g1, g2)), 9 * VECTOR);
    v128.store(column, f32x4.mul(f32x4.splat(1 / 15), quadraticAtMinusTwo(g0, g1, g2)), 12 * VECTOR);
    v128.store(column, g2, 15 * VECTOR);
    from += VECTOR;
    column += VECTOR;
  }
  let row = temporary;
  for (let y = 0; y < 6; y++) {
    const g0 = v128.load(row);
    const g1 = v128.load(row, VECTOR);
    const g2 = v128.load(row, 2 * VECTOR);
    const ends = f32x4.add(g0, g2);
    v128.store(to, g0);
    v128.store(to + toStep, f32x4.mul(f32x4.splat(1 / 3), f32x4.add(ends, g1)));
    v128.store(to + 2 * toStep, f32x4.mul(f32x4.splat(-1 / 3), f32x4.sub(ends, g1)));
    v128.store(to + 3 * toStep, f32x4.mul(f32x4.splat(-16 / 15), quadraticAtHalf(g0, g1, g2)));
    v128.store(to + 4 * toStep, f32x4.mul(f32x4.splat(1 / 15), quadraticAtMinusTwo(g0, g1, g2)));
    v128.store(to + 5 * toStep, g2);
    row += 3 * VECTOR;
    to += 6 * toStep;
  }
}

// @ts-ignore: decorator
@inline
function quadraticAtHalf(g0: v128, g1: v128, g2: v128): v128 {
  return madd(f32x4.splat(0.25), g2, madd(f32x4.splat(0.5), g1, g0));
}

// @ts-ignore: decorator
@inline
function quadraticAtMinusTwo(g0: v128, g1: v128, g2: v128): v128 {
  return madd(f32x4.splat(4), g2, madd(f32x4.splat(-2), g1, g0));
}

/** Gᵀ u G for 4 results at one channel: from 36 vectors, `fromStep` apart, to 9, `toStep` apart. */
export function transformFilterGradient(
  from: usize,
  fromStep: usize,
  temporary: usize,
  to: usize,
  toStep: usize,
): void {
  let column = temporary;
  for (let x = 0; x < 6; x++) {
    const u0 = v128.load(from);
    const u1 = f32x4.mul(f32x4.splat(1 / 3), v128.load(from + 6 * fromStep));
    const u2 = f32x4.mul(f32x4.splat(-1 / 3), v128.load(from + 12 * fromStep));
    const u3 = f32x4.mul(f32x4.splat(-16 / 15), v128.load(from + 18 * fromStep));
    const u4 = f32x4.mul(f32x4.splat(1 / 15), v128.load(from + 24 * fromStep));
    const u5 = v128.load(from + 30 * fromStep);
    const even = f32x4.add(u1, u2);
    const odd = f32x4.sub(u1, u2);
    v128.store(column, f32x4.add(f32x4.add(u0, even), f32x4.add(u3, u4)));
    v128.store(column, madd(f32x4.splat(-2), u4, madd(f32x4.splat(0.5), u3, odd)), 6 * VECTOR);
    const second = madd(f32x4.splat(4), u4, madd(f32x4.splat(0.25), u3, even));
    v128.store(column, f32x4.add(second, u5), 12 * VECTOR);
    from += fromStep;
    column += VECTOR;
  }
  let row = temporary;
  for (let y = 0; y < 3; y++) {
    const u0 = v128.load(row);
    const u1 = f32x4.mul(f32x4.splat(1 / 3), v128.load(row, VECTOR));
    const u2 = f32x4.mul(f32x4.splat(-1 / 3), v128.load(row, 2 * VECTOR));
    const u3 = f32x4.mul(f32x4.splat(-16 / 15), v128.load(row, 3 * VECTOR));
    const u4 = f32x4.mul(f32x4.splat(1 / 15), v128.load(row, 4 * VECTOR));
    const u5 = v128.load(row, 5 * VECTOR);
    const even = f32x4.add(u1, u2);
    const odd = f32x4.sub(u1, u2);
    v128.store(to, f32x4.add(f32x4.add(u0, even), f32x4.add(u3, u4)));
    v128.store(to + toStep, madd(f32x4.splat(-2), u4, madd(f32x4.splat(0.5), u3, odd)));
    const second = madd(f32x4.splat(4), u4, madd(f32x4.splat(0.25), u3, even));
    v128.store(to + 2 * toStep, f32x4.add(second, u5));
    row += 6 * VECTOR;
    to += 3 * toStep;
  }
}
