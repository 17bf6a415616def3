import { VECTOR } from './job';
import { plus, times } from './winogradLine';

/**
 * Bᵀ of stride 2, F(3, 2) for the even and for the odd values: the even values at 0, 1, −1, ∞, then the odd values at
 * 1, −1, ∞ (their polynomial is 0 at 0).
 */
@unmanaged
export class InputStrided {
  get reads(): i32 { return 7; }
  get writes(): i32 { return 7; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
    const d1 = v128.load(from + fromStep);
    const d2 = v128.load(from + 2 * fromStep);
    const d3 = v128.load(from + 3 * fromStep);
    const d4 = v128.load(from + 4 * fromStep);
    v128.store(to, f32x4.sub(v128.load(from), d4));
    v128.store(to + toStep, f32x4.add(d4, d2));
    v128.store(to + 2 * toStep, f32x4.sub(d4, d2));
    v128.store(to + 3 * toStep, f32x4.sub(v128.load(from + 6 * fromStep), d2));
    v128.store(to + 4 * toStep, f32x4.add(d3, d1));
    v128.store(to + 5 * toStep, f32x4.sub(d3, d1));
    v128.store(to + 6 * toStep, f32x4.sub(v128.load(from + 5 * fromStep), d1));
  }
}

/** G of stride 2. */
@unmanaged
export class FilterStrided {
  get reads(): i32 { return 3; }
  get writes(): i32 { return 7; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
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
}

/** Aᵀ of stride 2. */
@unmanaged
export class OutputStrided {
  get reads(): i32 { return 4; }
  get writes(): i32 { return 3; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
    const m1 = v128.load(from + fromStep);
    const m2 = v128.load(from + 2 * fromStep);
    const even = f32x4.add(m1, m2);
    v128.store(to, f32x4.add(v128.load(from), even));
    v128.store(to + toStep, f32x4.sub(m1, m2));
    v128.store(to + 2 * toStep, f32x4.add(even, v128.load(from + 3 * fromStep)));
  }
}

/** A of stride 2. */
@unmanaged
export class GradientStrided {
  get reads(): i32 { return 3; }
  get writes(): i32 { return 4; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
    const y0 = v128.load(from);
    const y1 = v128.load(from + fromStep);
    const y2 = v128.load(from + 2 * fromStep);
    const ends = f32x4.add(y0, y2);
    v128.store(to, y0);
    v128.store(to + toStep, f32x4.add(ends, y1));
    v128.store(to + 2 * toStep, f32x4.sub(ends, y1));
    v128.store(to + 3 * toStep, y2);
  }
}

/** Gᵀ of stride 2. */
@unmanaged
export class FilterGradientStrided {
  get reads(): i32 { return 7; }
  get writes(): i32 { return 3; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
    const u1 = v128.load(from + fromStep);
    const u2 = v128.load(from + 2 * fromStep);
    const u4 = v128.load(from + 4 * fromStep);
    const u5 = v128.load(from + 5 * fromStep);
    v128.store(to, plus(0.5, f32x4.add(u1, u2), v128.load(from)));
    v128.store(to + toStep, plus(0.5, f32x4.sub(u4, u5), v128.load(from + 6 * fromStep)));
    v128.store(to + 2 * toStep, plus(0.5, f32x4.sub(u1, u2), v128.load(from + 3 * fromStep)));
  }
}

/** Bᵀ of the gradient of a convolution of stride 2 with respect to its input. */
@unmanaged
export class InputSpread {
  get reads(): i32 { return 4; }
  get writes(): i32 { return 4; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
    const d0 = v128.load(from);
    const d1 = v128.load(from + fromStep);
    const d2 = v128.load(from + 2 * fromStep);
    const d3 = v128.load(from + 3 * fromStep);
    v128.store(to, f32x4.sub(d0, d2));
    v128.store(to + toStep, f32x4.add(d2, d1));
    v128.store(to + 2 * toStep, f32x4.sub(d2, d1));
    v128.store(to + 3 * toStep, f32x4.sub(d3, d1));
  }
}

/** Aᵀ of the gradient of a convolution of stride 2 with respect to its input. */
@unmanaged
export class OutputSpread {
  get reads(): i32 { return 7; }
  get writes(): i32 { return 6; }

  // @ts-ignore: decorator
  @inline
  line(from: usize, fromStep: usize, to: usize, toStep: usize): void {
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
}
