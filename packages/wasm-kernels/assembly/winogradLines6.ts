import { VECTOR } from './job';
import { plus, times } from './winogradLine';

/** Bᵀ of F(6, 3) at 0, ±1, ±2, ±½, ∞: the two rows of a pair ±a share their even and odd parts. */
@unmanaged
export class Input6 {
  get reads(): i32 { return 8; }
  get writes(): i32 { return 8; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
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
}

/** G of F(6, 3). */
@unmanaged
export class Filter6 {
  get reads(): i32 { return 3; }
  get writes(): i32 { return 8; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
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
}

/** Aᵀ of F(6, 3). */
@unmanaged
export class Output6 {
  get reads(): i32 { return 8; }
  get writes(): i32 { return 6; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
    storeSums(6, from, fromStep, 1, 1, 1, to, toStep);
  }
}

/** A of F(6, 3). */
@unmanaged
export class Gradient6 {
  get reads(): i32 { return 6; }
  get writes(): i32 { return 8; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
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
}

/** Gᵀ of F(6, 3). */
@unmanaged
export class FilterGradient6 {
  get reads(): i32 { return 8; }
  get writes(): i32 { return 3; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
    storeSums(3, from, fromStep, -2 / 9, 1 / 90, 32 / 45, to, toStep);
  }
}

/**
 * The first `count` sums of the values at the points, times the points' powers 0, 1, 2, …; the value at ∞ is added to the
 * last one. Each pair of values at ±1, ±2, ±½ has a scale of its own, and shares its sum and difference. `count` is a
 * constant wherever this is inlined, and so are the scales: a scale of 1 is left out.
 */
// @ts-ignore: decorator
@inline
export function storeSums(
  count: i32,
  from: usize,
  fromStep: usize,
  scale1: f32,
  scale2: f32,
  scaleHalf: f32,
  to: usize,
  toStep: usize,
): void {
  const u1 = v128.load(from + fromStep);
  const u2 = v128.load(from + 2 * fromStep);
  const u3 = v128.load(from + 3 * fromStep);
  const u4 = v128.load(from + 4 * fromStep);
  const u5 = v128.load(from + 5 * fromStep);
  const u6 = v128.load(from + 6 * fromStep);
  const last = v128.load(from + 7 * fromStep);
  const even1 = scaled(scale1, f32x4.add(u1, u2));
  const odd1 = scaled(scale1, f32x4.sub(u1, u2));
  const even2 = scaled(scale2, f32x4.add(u3, u4));
  const odd2 = scaled(scale2, f32x4.sub(u3, u4));
  const even3 = scaled(scaleHalf, f32x4.add(u5, u6));
  const odd3 = scaled(scaleHalf, f32x4.sub(u5, u6));
  v128.store(to, f32x4.add(f32x4.add(v128.load(from), even1), f32x4.add(even2, even3)));
  v128.store(to + toStep, plus(2, odd2, plus(0.5, odd3, odd1)));
  v128.store(to + 2 * toStep, lastOf(count == 3, plus(4, even2, plus(0.25, even3, even1)), last));
  if (count > 3) v128.store(to + 3 * toStep, lastOf(count == 4, plus(8, odd2, plus(0.125, odd3, odd1)), last));
  if (count > 4) v128.store(to + 4 * toStep, lastOf(count == 5, plus(16, even2, plus(0.0625, even3, even1)), last));
  if (count > 5) v128.store(to + 5 * toStep, f32x4.add(plus(32, odd2, plus(0.03125, odd3, odd1)), last));
}

// @ts-ignore: decorator
@inline
function lastOf(isLast: bool, sum: v128, last: v128): v128 {
  return isLast ? f32x4.add(sum, last) : sum;
}

// @ts-ignore: decorator
@inline
function scaled(scale: f32, value: v128): v128 {
  return scale == 1 ? value : times(scale, value);
}
