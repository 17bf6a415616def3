import { VECTOR } from './job';
import { plus, times } from './winogradLine';
import { storeSums } from './winogradLines6';

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
    storeSums(4, from, fromStep, 1, 1, 1, to, toStep);
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
    const y3 = v128.load(from + 3 * fromStep);
    const y2 = v128.load(from + 2 * fromStep);
    const y1 = v128.load(from + fromStep);
    const y0 = v128.load(from);
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
    storeSums(5, from, fromStep, -2 / 9, 1 / 90, 32 / 45, to, toStep);
  }
}
