import { madd } from './madd';
import { VECTOR } from './job';
import { IS_WIDE } from './wide';

/**
 * A matrix product whose left rows are windows of an image, never copied out of it.
 *
 * Row p of the left matrix belongs to point (p mod width, p div width) of a grid. It consists of `runs` pieces of
 * `runBytes` each, `runStep` apart: the rows of the window under a convolution's filter. The right matrix is stored in
 * panels of 8 columns (see packPanels). A plain matrix is a grid with one run. In the wide build, two panels are
 * multiplied at once, where there are two: see wide.ts.
 *
 * Each result is one sum in the order of k, independent of which other results are computed.
 */
export function gridGemm(
  source: usize,
  pixelStep: usize,
  rowStep: usize,
  width: i32,
  height: i32,
  runs: i32,
  runBytes: usize,
  runStep: usize,
  panels: usize,
  columns: i32,
  target: usize,
  targetPixelStep: usize,
  targetRowStep: usize,
  scratch: usize,
): void {
  const points = width * height;
  const lineEnd = rowStep - <usize>(width - 1) * pixelStep;
  const targetLineEnd = targetRowStep - <usize>(width - 1) * targetPixelStep;
  const panelBytes = <usize>runs * runBytes * 8;
  const toNextRun = runStep - runBytes;
  for (let column = 0; column < columns; ) {
    let across = 0;
    let from = source;
    let to = target + (<usize>column << 2);
    const present = columns - column;
    const isPair = IS_WIDE && present > 8;
    for (let point = 0; point < points; point += 4) {
      const a0 = from;
      const to0 = to;
      if (point + 1 < points) {
        if (++across == width) {
          across = 0;
          from += lineEnd;
          to += targetLineEnd;
        } else {
          from += pixelStep;
          to += targetPixelStep;
        }
      }
      const a1 = from;
      const to1 = to;
      if (point + 2 < points) {
        if (++across == width) {
          across = 0;
          from += lineEnd;
          to += targetLineEnd;
        } else {
          from += pixelStep;
          to += targetPixelStep;
        }
      }
      const a2 = from;
      const to2 = to;
      if (point + 3 < points) {
        if (++across == width) {
          across = 0;
          from += lineEnd;
          to += targetLineEnd;
        } else {
          from += pixelStep;
          to += targetPixelStep;
        }
      }
      const a3 = from;
      const to3 = to;
      if (point + 4 < points) {
        if (++across == width) {
          across = 0;
          from += lineEnd;
          to += targetLineEnd;
        } else {
          from += pixelStep;
          to += targetPixelStep;
        }
      }

      if (isPair) {
        multiplyByTwoPanels(
          a0, a1, a2, a3, runs, runBytes, toNextRun, panels, panels + panelBytes,
          to0, to1, to2, to3, present, scratch,
        );
      } else {
        multiplyByPanel(a0, a1, a2, a3, runs, runBytes, toNextRun, panels, to0, to1, to2, to3, present, scratch);
      }
    }
    panels += isPair ? 2 * panelBytes : panelBytes;
    column += isPair ? 16 : 8;
  }
}

/** Four points' sums in a panel of columns, of which `present` or 8 are stored. */
function multiplyByPanel(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  runs: i32,
  runBytes: usize,
  toNextRun: usize,
  b: usize,
  to0: usize,
  to1: usize,
  to2: usize,
  to3: usize,
  present: i32,
  scratch: usize,
): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  for (let run = 0; run < runs; run++) {
    const runEnd = a0 + runBytes;
    while (a0 < runEnd) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, VECTOR);
      let a = v128.load32_splat(a0);
      c00 = madd(a, b0, c00);
      c01 = madd(a, b1, c01);
      a = v128.load32_splat(a1);
      c10 = madd(a, b0, c10);
      c11 = madd(a, b1, c11);
      a = v128.load32_splat(a2);
      c20 = madd(a, b0, c20);
      c21 = madd(a, b1, c21);
      a = v128.load32_splat(a3);
      c30 = madd(a, b0, c30);
      c31 = madd(a, b1, c31);
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
      b += 2 * VECTOR;
    }
    a0 += toNextRun;
    a1 += toNextRun;
    a2 += toNextRun;
    a3 += toNextRun;
  }
  if (present >= 8) {
    v128.store(to0, c00);
    v128.store(to0, c01, VECTOR);
    v128.store(to1, c10);
    v128.store(to1, c11, VECTOR);
    v128.store(to2, c20);
    v128.store(to2, c21, VECTOR);
    v128.store(to3, c30);
    v128.store(to3, c31, VECTOR);
  } else {
    storePart(to0, c00, c01, present, scratch);
    storePart(to1, c10, c11, present, scratch);
    storePart(to2, c20, c21, present, scratch);
    storePart(to3, c30, c31, present, scratch);
  }
}

/** Four points' sums in two panels of columns, of which `present` or 16 are stored. */
function multiplyByTwoPanels(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  runs: i32,
  runBytes: usize,
  toNextRun: usize,
  b: usize,
  d: usize,
  to0: usize,
  to1: usize,
  to2: usize,
  to3: usize,
  present: i32,
  scratch: usize,
): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c02 = f32x4.splat(0), c03 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0), c12 = f32x4.splat(0), c13 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0), c22 = f32x4.splat(0), c23 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0), c32 = f32x4.splat(0), c33 = f32x4.splat(0);
  for (let run = 0; run < runs; run++) {
    const runEnd = a0 + runBytes;
    while (a0 < runEnd) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, VECTOR);
      const b2 = v128.load(d);
      const b3 = v128.load(d, VECTOR);
      let a = v128.load32_splat(a0);
      c00 = madd(a, b0, c00); c01 = madd(a, b1, c01); c02 = madd(a, b2, c02); c03 = madd(a, b3, c03);
      a = v128.load32_splat(a1);
      c10 = madd(a, b0, c10); c11 = madd(a, b1, c11); c12 = madd(a, b2, c12); c13 = madd(a, b3, c13);
      a = v128.load32_splat(a2);
      c20 = madd(a, b0, c20); c21 = madd(a, b1, c21); c22 = madd(a, b2, c22); c23 = madd(a, b3, c23);
      a = v128.load32_splat(a3);
      c30 = madd(a, b0, c30); c31 = madd(a, b1, c31); c32 = madd(a, b2, c32); c33 = madd(a, b3, c33);
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
      b += 2 * VECTOR;
      d += 2 * VECTOR;
    }
    a0 += toNextRun;
    a1 += toNextRun;
    a2 += toNextRun;
    a3 += toNextRun;
  }
  if (present >= 16) {
    v128.store(to0, c00); v128.store(to0, c01, VECTOR);
    v128.store(to0, c02, 2 * VECTOR); v128.store(to0, c03, 3 * VECTOR);
    v128.store(to1, c10); v128.store(to1, c11, VECTOR);
    v128.store(to1, c12, 2 * VECTOR); v128.store(to1, c13, 3 * VECTOR);
    v128.store(to2, c20); v128.store(to2, c21, VECTOR);
    v128.store(to2, c22, 2 * VECTOR); v128.store(to2, c23, 3 * VECTOR);
    v128.store(to3, c30); v128.store(to3, c31, VECTOR);
    v128.store(to3, c32, 2 * VECTOR); v128.store(to3, c33, 3 * VECTOR);
  } else {
    v128.store(to0, c00); v128.store(to0, c01, VECTOR);
    v128.store(to1, c10); v128.store(to1, c11, VECTOR);
    v128.store(to2, c20); v128.store(to2, c21, VECTOR);
    v128.store(to3, c30); v128.store(to3, c31, VECTOR);
    storePart(to0 + 2 * VECTOR, c02, c03, present - 8, scratch);
    storePart(to1 + 2 * VECTOR, c12, c13, present - 8, scratch);
    storePart(to2 + 2 * VECTOR, c22, c23, present - 8, scratch);
    storePart(to3 + 2 * VECTOR, c32, c33, present - 8, scratch);
  }
}

/** Stores only the first of 8 lanes: the memory after them belongs to other results. */
function storePart(to: usize, low: v128, high: v128, present: i32, scratch: usize): void {
  v128.store(scratch, low);
  v128.store(scratch, high, VECTOR);
  for (let lane = 0; lane < present; lane++) {
    store<f32>(to + (<usize>lane << 2), load<f32>(scratch + (<usize>lane << 2)));
  }
}
