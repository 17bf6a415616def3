import { VECTOR } from './job';
import { madd } from './madd';
import { plus, times } from './winogradLine';

/** Bᵀ of F(4, 3) at 0, 1, −1, ½, −2, ∞, with z(k) = d(k+2) + 1.5·d(k+1) − d(k), which corresponds to (x − ½)(x + 2). */
@unmanaged
export class Input4 {
  get reads(): i32 { return 6; }
  get writes(): i32 { return 6; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
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
}

/** G of F(4, 3). */
@unmanaged
export class Filter4 {
  get reads(): i32 { return 3; }
  get writes(): i32 { return 6; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
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
}

/** Aᵀ of F(4, 3). */
@unmanaged
export class Output4 {
  get reads(): i32 { return 6; }
  get writes(): i32 { return 4; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
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
}

/** A of F(4, 3). */
@unmanaged
export class Gradient4 {
  get reads(): i32 { return 4; }
  get writes(): i32 { return 6; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
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
}

/** Gᵀ of F(4, 3). */
@unmanaged
export class FilterGradient4 {
  get reads(): i32 { return 6; }
  get writes(): i32 { return 3; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
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
}
