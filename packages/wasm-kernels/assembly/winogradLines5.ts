import { plus, times } from './winogradLine';

// F(4, 5) has the points of F(6, 3), 0, ±1, ±2, ±½, ∞, and so its Bᵀ: see winogradLines6.ts.

/** G of F(4, 5). */
@unmanaged
export class Filter5 {
  get reads(): i32 { return 5; }
  get writes(): i32 { return 8; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
    const g0 = v128.load(from);
    const g1 = v128.load(from + fromStep);
    const g2 = v128.load(from + 2 * fromStep);
    const g3 = v128.load(from + 3 * fromStep);
    const g4 = v128.load(from + 4 * fromStep);
    v128.store(to, g0);
    let even = f32x4.add(f32x4.add(g0, g2), g4);
    let odd = f32x4.add(g1, g3);
    v128.store(to + toStep, times(-2 / 9, f32x4.add(even, odd)));
    v128.store(to + 2 * toStep, times(-2 / 9, f32x4.sub(even, odd)));
    even = plus(16, g4, plus(4, g2, g0));
    odd = plus(4, g3, g1);
    v128.store(to + 3 * toStep, times(1 / 90, plus(2, odd, even)));
    v128.store(to + 4 * toStep, times(1 / 90, plus(-2, odd, even)));
    even = plus(0.0625, g4, plus(0.25, g2, g0));
    odd = plus(0.25, g3, g1);
    v128.store(to + 5 * toStep, times(32 / 45, plus(0.5, odd, even)));
    v128.store(to + 6 * toStep, times(32 / 45, plus(-0.5, odd, even)));
    v128.store(to + 7 * toStep, g4);
  }
}

/** Aᵀ of F(4, 5). */
@unmanaged
export class Output5 {
  get reads(): i32 { return 8; }
  get writes(): i32 { return 4; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
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
    const third = plus(8, odd2, plus(0.125, odd3, odd1));
    v128.store(to + 3 * toStep, f32x4.add(third, v128.load(from + 7 * fromStep)));
  }
}

/** A of F(4, 5). */
@unmanaged
export class Gradient5 {
  get reads(): i32 { return 4; }
  get writes(): i32 { return 8; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
    const y0 = v128.load(from);
    const y1 = v128.load(from + fromStep);
    const y2 = v128.load(from + 2 * fromStep);
    const y3 = v128.load(from + 3 * fromStep);
    v128.store(to, y0);
    let even = f32x4.add(y0, y2);
    let odd = f32x4.add(y1, y3);
    v128.store(to + toStep, f32x4.add(even, odd));
    v128.store(to + 2 * toStep, f32x4.sub(even, odd));
    even = plus(4, y2, y0);
    odd = plus(4, y3, y1);
    v128.store(to + 3 * toStep, plus(2, odd, even));
    v128.store(to + 4 * toStep, plus(-2, odd, even));
    even = plus(0.25, y2, y0);
    odd = plus(0.25, y3, y1);
    v128.store(to + 5 * toStep, plus(0.5, odd, even));
    v128.store(to + 6 * toStep, plus(-0.5, odd, even));
    v128.store(to + 7 * toStep, y3);
  }
}

/** Gᵀ of F(4, 5). */
@unmanaged
export class FilterGradient5 {
  get reads(): i32 { return 8; }
  get writes(): i32 { return 5; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
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
    v128.store(to + 2 * toStep, plus(4, even2, plus(0.25, even3, even1)));
    v128.store(to + 3 * toStep, plus(8, odd2, plus(0.125, odd3, odd1)));
    const fourth = plus(16, even2, plus(0.0625, even3, even1));
    v128.store(to + 4 * toStep, f32x4.add(fourth, v128.load(from + 7 * fromStep)));
  }
}
