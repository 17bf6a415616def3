import { madd } from './madd';

/**
 * The one-dimensional transforms of minimal filtering (Winograd 1980; Lavin & Gray 2016), four channels at a time.
 *
 * A convolution of n values with r taps is a product of polynomials, so it can be had from the products of their values
 * at points: y = Aᵀ[(G g) ⊙ (Bᵀ d)]. `src/kernels/minimalFiltering.ts` holds the matrices. A kind is one matrix.
 */
export namespace Kind {
  /** Bᵀ of F(4, 3) at 0, 1, −1, ½, −2, ∞: 6 values to 6. */
  export const input4: i32 = 0;
  /** G: 3 to 6. */
  export const filter4: i32 = 1;
  /** Aᵀ: 6 to 4. */
  export const output4: i32 = 2;
  /** A: 4 to 6. */
  export const gradient4: i32 = 3;
  /** Gᵀ: 6 to 3. */
  export const filterGradient4: i32 = 4;
  /** Bᵀ of F(6, 3) at 0, 1, −1, 2, −2, ½, −½, ∞: 8 to 8; then as above. */
  export const input6: i32 = 5;
  export const filter6: i32 = 6;
  export const output6: i32 = 7;
  export const gradient6: i32 = 8;
  export const filterGradient6: i32 = 9;
  /** 3 taps at stride 2, as F(3, 2) of the even values and the odd ones at 0, 1, −1, ∞: 7 to 7; then as above. */
  export const inputStrided: i32 = 10;
  export const filterStrided: i32 = 11;
  export const outputStrided: i32 = 12;
  export const gradientStrided: i32 = 13;
  export const filterGradientStrided: i32 = 14;
  /** The convolution of stride 2 backward to its input: 4 to 4, and 7 to 6. */
  export const inputSpread: i32 = 15;
  export const outputSpread: i32 = 16;
}

/** Values that a line of a kind reads and writes. */
// @ts-ignore: decorator
@inline
export function lengthFrom(kind: i32): i32 {
  if (kind == Kind.input4 || kind == Kind.output4 || kind == Kind.filterGradient4) return 6;
  if (kind == Kind.filter4 || kind == Kind.filter6 || kind == Kind.filterStrided) return 3;
  if (kind == Kind.gradient4 || kind == Kind.inputSpread || kind == Kind.outputStrided) return 4;
  if (kind == Kind.input6 || kind == Kind.output6 || kind == Kind.filterGradient6) return 8;
  if (kind == Kind.gradient6) return 6;
  if (kind == Kind.gradientStrided) return 3;
  return 7;
}

// @ts-ignore: decorator
@inline
export function lengthTo(kind: i32): i32 {
  if (kind == Kind.input4 || kind == Kind.filter4 || kind == Kind.gradient4) return 6;
  if (kind == Kind.output4 || kind == Kind.inputSpread || kind == Kind.gradientStrided) return 4;
  if (kind == Kind.input6 || kind == Kind.filter6 || kind == Kind.gradient6) return 8;
  if (kind == Kind.output6 || kind == Kind.outputSpread) return 6;
  if (kind == Kind.inputStrided || kind == Kind.filterStrided) return 7;
  return 3;
}

/** One line of vectors, `fromStep` apart, to another, `toStep` apart. */
// @ts-ignore: decorator
@inline
export function line(kind: i32, from: usize, fromStep: usize, to: usize, toStep: usize): void {
  if (kind == Kind.input4) input4(from, fromStep, to, toStep);
  else if (kind == Kind.filter4) filter4(from, fromStep, to, toStep);
  else if (kind == Kind.output4) output4(from, fromStep, to, toStep);
  else if (kind == Kind.gradient4) gradient4(from, fromStep, to, toStep);
  else if (kind == Kind.filterGradient4) filterGradient4(from, fromStep, to, toStep);
  else if (kind == Kind.input6) input6(from, fromStep, to, toStep);
  else if (kind == Kind.filter6) filter6(from, fromStep, to, toStep);
  else if (kind == Kind.output6) output6(from, fromStep, to, toStep);
  else if (kind == Kind.gradient6) gradient6(from, fromStep, to, toStep);
  else if (kind == Kind.filterGradient6) filterGradient6(from, fromStep, to, toStep);
  else if (kind == Kind.inputStrided) inputStrided(from, fromStep, to, toStep);
  else if (kind == Kind.filterStrided) filterStrided(from, fromStep, to, toStep);
  else if (kind == Kind.outputStrided) outputStrided(from, fromStep, to, toStep);
  else if (kind == Kind.gradientStrided) gradientStrided(from, fromStep, to, toStep);
  else if (kind == Kind.filterGradientStrided) filterGradientStrided(from, fromStep, to, toStep);
  else if (kind == Kind.inputSpread) inputSpread(from, fromStep, to, toStep);
  else if (kind == Kind.outputSpread) outputSpread(from, fromStep, to, toStep);
}

// @ts-ignore: decorator
@inline
function times(factor: f32, value: v128): v128 {
  return f32x4.mul(f32x4.splat(factor), value);
}

/** factor · value + rest. */
// @ts-ignore: decorator
@inline
function plus(factor: f32, value: v128, rest: v128): v128 {
  return madd(f32x4.splat(factor), value, rest);
}

/** With z(k) = d(k+2) + 1.5·d(k+1) − d(k), which stands for (x − ½)(x + 2). */
// @ts-ignore: decorator
@inline
function input4(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const d0 = v128.load(from);
  const d1 = v128.load(from + fromStep);
  const d2 = v128.load(from + 2 * fromStep);
  const d3 = v128.load(from + 3 * fromStep);
  const d4 = v128.load(from + 4 * fromStep);
  const d5 = v128.load(from + 5 * fromStep);
  const z0 = plus(1.5, d1, f32x4.sub(d2, d0));
  const across = f32x4.sub(d3, d1);
  const z1 = plus(1.5, d2, across);
  const along = f32x4.sub(d4, d2);
  const z2 = plus(1.5, d3, along);
  const z3 = plus(1.5, d4, f32x4.sub(d5, d3));
  v128.store(to, f32x4.sub(z2, z0));
  v128.store(to + toStep, f32x4.add(z2, z1));
  v128.store(to + 2 * toStep, f32x4.sub(z2, z1));
  v128.store(to + 3 * toStep, plus(2, across, along));
  v128.store(to + 4 * toStep, plus(-0.5, across, along));
  v128.store(to + 5 * toStep, f32x4.sub(z3, z1));
}

// @ts-ignore: decorator
@inline
function filter4(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const g0 = v128.load(from);
  const g1 = v128.load(from + fromStep);
  const g2 = v128.load(from + 2 * fromStep);
  const ends = f32x4.add(g0, g2);
  v128.store(to, g0);
  v128.store(to + toStep, times(1 / 3, f32x4.add(ends, g1)));
  v128.store(to + 2 * toStep, times(-1 / 3, f32x4.sub(ends, g1)));
  v128.store(to + 3 * toStep, times(-16 / 15, plus(0.25, g2, plus(0.5, g1, g0))));
  v128.store(to + 4 * toStep, times(1 / 15, plus(4, g2, plus(-2, g1, g0))));
  v128.store(to + 5 * toStep, g2);
}

// @ts-ignore: decorator
@inline
function output4(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const m0 = v128.load(from);
  const m1 = v128.load(from + fromStep);
  const m2 = v128.load(from + 2 * fromStep);
  const m3 = v128.load(from + 3 * fromStep);
  const m4 = v128.load(from + 4 * fromStep);
  const m5 = v128.load(from + 5 * fromStep);
  const even = f32x4.add(m1, m2);
  const odd = f32x4.sub(m1, m2);
  v128.store(to, f32x4.add(f32x4.add(m0, even), f32x4.add(m3, m4)));
  v128.store(to + toStep, plus(-2, m4, plus(0.5, m3, odd)));
  v128.store(to + 2 * toStep, plus(4, m4, plus(0.25, m3, even)));
  v128.store(to + 3 * toStep, f32x4.add(plus(-8, m4, plus(0.125, m3, odd)), m5));
}

// @ts-ignore: decorator
@inline
function gradient4(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const y0 = v128.load(from);
  const y1 = v128.load(from + fromStep);
  const y2 = v128.load(from + 2 * fromStep);
  const y3 = v128.load(from + 3 * fromStep);
  const even = f32x4.add(y0, y2);
  const odd = f32x4.add(y1, y3);
  const half = f32x4.splat(0.5);
  const minusTwo = f32x4.splat(-2);
  v128.store(to, y0);
  v128.store(to + toStep, f32x4.add(even, odd));
  v128.store(to + 2 * toStep, f32x4.sub(even, odd));
  v128.store(to + 3 * toStep, madd(half, madd(half, madd(half, y3, y2), y1), y0));
  v128.store(to + 4 * toStep, madd(minusTwo, madd(minusTwo, madd(minusTwo, y3, y2), y1), y0));
  v128.store(to + 5 * toStep, y3);
}

// @ts-ignore: decorator
@inline
function filterGradient4(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const u0 = v128.load(from);
  const u1 = times(1 / 3, v128.load(from + fromStep));
  const u2 = times(-1 / 3, v128.load(from + 2 * fromStep));
  const u3 = times(-16 / 15, v128.load(from + 3 * fromStep));
  const u4 = times(1 / 15, v128.load(from + 4 * fromStep));
  const u5 = v128.load(from + 5 * fromStep);
  const even = f32x4.add(u1, u2);
  const odd = f32x4.sub(u1, u2);
  v128.store(to, f32x4.add(f32x4.add(u0, even), f32x4.add(u3, u4)));
  v128.store(to + toStep, plus(-2, u4, plus(0.5, u3, odd)));
  v128.store(to + 2 * toStep, f32x4.add(plus(4, u4, plus(0.25, u3, even)), u5));
}

/** The points come in pairs ±a, whose rows share their even and their odd part. */
// @ts-ignore: decorator
@inline
function input6(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const d1 = v128.load(from + fromStep);
  const d2 = v128.load(from + 2 * fromStep);
  const d3 = v128.load(from + 3 * fromStep);
  const d4 = v128.load(from + 4 * fromStep);
  const d5 = v128.load(from + 5 * fromStep);
  const d6 = v128.load(from + 6 * fromStep);
  v128.store(to, plus(5.25, f32x4.sub(d4, d2), f32x4.sub(v128.load(from), d6)));
  v128.store(to + 7 * toStep, plus(5.25, f32x4.sub(d3, d5), f32x4.sub(v128.load(from + 7 * fromStep), d1)));
  let even = plus(-4.25, d4, f32x4.add(d2, d6));
  let odd = plus(-4.25, d3, f32x4.add(d1, d5));
  v128.store(to + toStep, f32x4.add(even, odd));
  v128.store(to + 2 * toStep, f32x4.sub(even, odd));
  even = plus(0.25, d2, plus(-1.25, d4, d6));
  odd = plus(-2.5, d3, plus(2, d5, times(0.5, d1)));
  v128.store(to + 3 * toStep, f32x4.add(even, odd));
  v128.store(to + 4 * toStep, f32x4.sub(even, odd));
  even = plus(4, d2, plus(-5, d4, d6));
  odd = plus(-2.5, d3, plus(2, d1, times(0.5, d5)));
  v128.store(to + 5 * toStep, f32x4.add(even, odd));
  v128.store(to + 6 * toStep, f32x4.sub(even, odd));
}

// @ts-ignore: decorator
@inline
function filter6(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const g0 = v128.load(from);
  const g1 = v128.load(from + fromStep);
  const g2 = v128.load(from + 2 * fromStep);
  v128.store(to, g0);
  let even = f32x4.add(g0, g2);
  v128.store(to + toStep, times(-2 / 9, f32x4.add(even, g1)));
  v128.store(to + 2 * toStep, times(-2 / 9, f32x4.sub(even, g1)));
  even = plus(4, g2, g0);
  v128.store(to + 3 * toStep, times(1 / 90, plus(2, g1, even)));
  v128.store(to + 4 * toStep, times(1 / 90, plus(-2, g1, even)));
  even = plus(0.25, g2, g0);
  v128.store(to + 5 * toStep, times(32 / 45, plus(0.5, g1, even)));
  v128.store(to + 6 * toStep, times(32 / 45, plus(-0.5, g1, even)));
  v128.store(to + 7 * toStep, g2);
}

// @ts-ignore: decorator
@inline
function output6(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const m1 = v128.load(from + fromStep);
  const m2 = v128.load(from + 2 * fromStep);
  const m3 = v128.load(from + 3 * fromStep);
  const m4 = v128.load(from + 4 * fromStep);
  const m5 = v128.load(from + 5 * fromStep);
  const m6 = v128.load(from + 6 * fromStep);
  const even1 = f32x4.add(m1, m2);
  const odd1 = f32x4.sub(m1, m2);
  const even2 = f32x4.add(m3, m4);
  const odd2 = f32x4.sub(m3, m4);
  const even3 = f32x4.add(m5, m6);
  const odd3 = f32x4.sub(m5, m6);
  v128.store(to, f32x4.add(f32x4.add(v128.load(from), even1), f32x4.add(even2, even3)));
  v128.store(to + toStep, plus(2, odd2, plus(0.5, odd3, odd1)));
  v128.store(to + 2 * toStep, plus(4, even2, plus(0.25, even3, even1)));
  v128.store(to + 3 * toStep, plus(8, odd2, plus(0.125, odd3, odd1)));
  v128.store(to + 4 * toStep, plus(16, even2, plus(0.0625, even3, even1)));
  const fifth = plus(32, odd2, plus(0.03125, odd3, odd1));
  v128.store(to + 5 * toStep, f32x4.add(fifth, v128.load(from + 7 * fromStep)));
}

// @ts-ignore: decorator
@inline
function gradient6(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const y0 = v128.load(from);
  const y1 = v128.load(from + fromStep);
  const y2 = v128.load(from + 2 * fromStep);
  const y3 = v128.load(from + 3 * fromStep);
  const y4 = v128.load(from + 4 * fromStep);
  const y5 = v128.load(from + 5 * fromStep);
  v128.store(to, y0);
  let even = f32x4.add(f32x4.add(y0, y2), y4);
  let odd = f32x4.add(f32x4.add(y1, y3), y5);
  v128.store(to + toStep, f32x4.add(even, odd));
  v128.store(to + 2 * toStep, f32x4.sub(even, odd));
  even = plus(16, y4, plus(4, y2, y0));
  odd = plus(16, y5, plus(4, y3, y1));
  v128.store(to + 3 * toStep, plus(2, odd, even));
  v128.store(to + 4 * toStep, plus(-2, odd, even));
  even = plus(0.0625, y4, plus(0.25, y2, y0));
  odd = plus(0.0625, y5, plus(0.25, y3, y1));
  v128.store(to + 5 * toStep, plus(0.5, odd, even));
  v128.store(to + 6 * toStep, plus(-0.5, odd, even));
  v128.store(to + 7 * toStep, y5);
}

// @ts-ignore: decorator
@inline
function filterGradient6(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const u1 = v128.load(from + fromStep);
  const u2 = v128.load(from + 2 * fromStep);
  const u3 = v128.load(from + 3 * fromStep);
  const u4 = v128.load(from + 4 * fromStep);
  const u5 = v128.load(from + 5 * fromStep);
  const u6 = v128.load(from + 6 * fromStep);
  const even1 = times(-2 / 9, f32x4.add(u1, u2));
  const even2 = times(1 / 90, f32x4.add(u3, u4));
  const even3 = times(32 / 45, f32x4.add(u5, u6));
  const odd1 = times(-2 / 9, f32x4.sub(u1, u2));
  const odd2 = times(1 / 90, f32x4.sub(u3, u4));
  const odd3 = times(32 / 45, f32x4.sub(u5, u6));
  v128.store(to, f32x4.add(f32x4.add(v128.load(from), even1), f32x4.add(even2, even3)));
  v128.store(to + toStep, plus(2, odd2, plus(0.5, odd3, odd1)));
  const second = plus(4, even2, plus(0.25, even3, even1));
  v128.store(to + 2 * toStep, f32x4.add(second, v128.load(from + 7 * fromStep)));
}

/** The even values at 0, 1, −1, ∞, then the odd ones, whose polynomial is 0 at 0, at 1, −1, ∞. */
// @ts-ignore: decorator
@inline
function inputStrided(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const d0 = v128.load(from);
  const d1 = v128.load(from + fromStep);
  const d2 = v128.load(from + 2 * fromStep);
  const d3 = v128.load(from + 3 * fromStep);
  const d4 = v128.load(from + 4 * fromStep);
  const d5 = v128.load(from + 5 * fromStep);
  const d6 = v128.load(from + 6 * fromStep);
  v128.store(to, f32x4.sub(d0, d4));
  v128.store(to + toStep, f32x4.add(d4, d2));
  v128.store(to + 2 * toStep, f32x4.sub(d4, d2));
  v128.store(to + 3 * toStep, f32x4.sub(d6, d2));
  v128.store(to + 4 * toStep, f32x4.add(d3, d1));
  v128.store(to + 5 * toStep, f32x4.sub(d3, d1));
  v128.store(to + 6 * toStep, f32x4.sub(d5, d1));
}

// @ts-ignore: decorator
@inline
function filterStrided(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const g0 = v128.load(from);
  const g1 = v128.load(from + fromStep);
  const g2 = v128.load(from + 2 * fromStep);
  v128.store(to, g0);
  v128.store(to + toStep, times(0.5, f32x4.add(g0, g2)));
  v128.store(to + 2 * toStep, times(0.5, f32x4.sub(g0, g2)));
  v128.store(to + 3 * toStep, g2);
  v128.store(to + 4 * toStep, times(0.5, g1));
  v128.store(to + 5 * toStep, times(-0.5, g1));
  v128.store(to + 6 * toStep, g1);
}

// @ts-ignore: decorator
@inline
function outputStrided(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const m1 = v128.load(from + fromStep);
  const m2 = v128.load(from + 2 * fromStep);
  const even = f32x4.add(m1, m2);
  v128.store(to, f32x4.add(v128.load(from), even));
  v128.store(to + toStep, f32x4.sub(m1, m2));
  v128.store(to + 2 * toStep, f32x4.add(even, v128.load(from + 3 * fromStep)));
}

// @ts-ignore: decorator
@inline
function gradientStrided(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const y0 = v128.load(from);
  const y1 = v128.load(from + fromStep);
  const y2 = v128.load(from + 2 * fromStep);
  const ends = f32x4.add(y0, y2);
  v128.store(to, y0);
  v128.store(to + toStep, f32x4.add(ends, y1));
  v128.store(to + 2 * toStep, f32x4.sub(ends, y1));
  v128.store(to + 3 * toStep, y2);
}

// @ts-ignore: decorator
@inline
function filterGradientStrided(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const u1 = v128.load(from + fromStep);
  const u2 = v128.load(from + 2 * fromStep);
  const u4 = v128.load(from + 4 * fromStep);
  const u5 = v128.load(from + 5 * fromStep);
  v128.store(to, plus(0.5, f32x4.add(u1, u2), v128.load(from)));
  v128.store(to + toStep, plus(0.5, f32x4.sub(u4, u5), v128.load(from + 6 * fromStep)));
  v128.store(to + 2 * toStep, plus(0.5, f32x4.sub(u1, u2), v128.load(from + 3 * fromStep)));
}

// @ts-ignore: decorator
@inline
function inputSpread(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const d0 = v128.load(from);
  const d1 = v128.load(from + fromStep);
  const d2 = v128.load(from + 2 * fromStep);
  const d3 = v128.load(from + 3 * fromStep);
  v128.store(to, f32x4.sub(d0, d2));
  v128.store(to + toStep, f32x4.add(d2, d1));
  v128.store(to + 2 * toStep, f32x4.sub(d2, d1));
  v128.store(to + 3 * toStep, f32x4.sub(d3, d1));
}

// @ts-ignore: decorator
@inline
function outputSpread(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const m1 = v128.load(from + fromStep);
  const m2 = v128.load(from + 2 * fromStep);
  const m4 = v128.load(from + 4 * fromStep);
  const m5 = v128.load(from + 5 * fromStep);
  const even = f32x4.add(m1, m2);
  const odd = f32x4.add(m4, m5);
  v128.store(to, f32x4.add(v128.load(from), even));
  v128.store(to + toStep, odd);
  v128.store(to + 2 * toStep, f32x4.sub(m1, m2));
  v128.store(to + 3 * toStep, f32x4.sub(m4, m5));
  v128.store(to + 4 * toStep, f32x4.add(even, v128.load(from + 3 * fromStep)));
  v128.store(to + 5 * toStep, f32x4.add(odd, v128.load(from + 6 * fromStep)));
}
