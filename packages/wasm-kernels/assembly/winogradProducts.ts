import { madd } from './madd';
import { VECTOR } from './job';
import { IS_WIDE } from './wide';

/** Channels per partial sum: errors then hardly grow with the number of channels. */
export const BLOCK: i32 = 48;

/**
 * target[tiles, K] = tiles[tiles, C] · filter[C, K] at one point, or that added to the existing values.
 *
 * Tiles are stored in groups of four, [tiles/4][C/4][4 tiles][4 channels], as the transforms write them; so one pointer
 * serves four rows. The filter is stored in panels [K/8][C][8], with channels in the order of use: in each block first
 * every fourth channel from 0 on, then from 1 on, and so forth. All of target's rows are whole fours, and a row is whole
 * panels. In the wide build, two panels are multiplied at once, where there are two: see wide.ts.
 */
export function multiplyTiles(
  tiles: usize,
  fours: i32,
  channels: i32,
  filter: usize,
  panels: i32,
  target: usize,
  isFirst: bool,
): void {
  const rowBytes = <usize>panels * 2 * VECTOR;
  const panelBytes = <usize>channels * 2 * VECTOR;
  let panel = 0;
  if (IS_WIDE) {
    for (; panel + 1 < panels; panel += 2) {
      multiplyByTwoPanels(tiles, fours, channels, filter, filter + panelBytes, target, rowBytes, isFirst);
      filter += 2 * panelBytes;
      target += 4 * VECTOR;
    }
  }
  for (; panel < panels; panel++) {
    multiplyByPanel(tiles, fours, channels, filter, target, rowBytes, isFirst);
    filter += panelBytes;
    target += 2 * VECTOR;
  }
}

function multiplyByPanel(
  from: usize,
  fours: i32,
  channels: i32,
  filter: usize,
  to: usize,
  rowBytes: usize,
  isFirst: bool,
): void {
  for (let four = 0; four < fours; four++) {
    let b = filter;
    const to1 = to + rowBytes;
    const to2 = to1 + rowBytes;
    const to3 = to2 + rowBytes;
    for (let channel = 0; channel < channels; channel += BLOCK) {
      let c00 = f32x4.splat(0);
      let c01 = f32x4.splat(0);
      let c10 = f32x4.splat(0);
      let c11 = f32x4.splat(0);
      let c20 = f32x4.splat(0);
      let c21 = f32x4.splat(0);
      let c30 = f32x4.splat(0);
      let c31 = f32x4.splat(0);
      const blockBytes = <usize>min(BLOCK, channels - channel) * VECTOR;
      for (let lane: usize = 0; lane < VECTOR; lane += 4) {
        let a = from + lane;
        const end = a + blockBytes;
        while (a < end) {
          const b0 = v128.load(b);
          const b1 = v128.load(b, VECTOR);
          let value = v128.load32_splat(a);
          c00 = madd(value, b0, c00);
          c01 = madd(value, b1, c01);
          value = v128.load32_splat(a, VECTOR);
          c10 = madd(value, b0, c10);
          c11 = madd(value, b1, c11);
          value = v128.load32_splat(a, 2 * VECTOR);
          c20 = madd(value, b0, c20);
          c21 = madd(value, b1, c21);
          value = v128.load32_splat(a, 3 * VECTOR);
          c30 = madd(value, b0, c30);
          c31 = madd(value, b1, c31);
          a += 4 * VECTOR;
          b += 2 * VECTOR;
        }
      }
      from += blockBytes;
      if (channel > 0 || !isFirst) {
        c00 = f32x4.add(v128.load(to), c00);
        c01 = f32x4.add(v128.load(to, VECTOR), c01);
        c10 = f32x4.add(v128.load(to1), c10);
        c11 = f32x4.add(v128.load(to1, VECTOR), c11);
        c20 = f32x4.add(v128.load(to2), c20);
        c21 = f32x4.add(v128.load(to2, VECTOR), c21);
        c30 = f32x4.add(v128.load(to3), c30);
        c31 = f32x4.add(v128.load(to3, VECTOR), c31);
      }
      v128.store(to, c00);
      v128.store(to, c01, VECTOR);
      v128.store(to1, c10);
      v128.store(to1, c11, VECTOR);
      v128.store(to2, c20);
      v128.store(to2, c21, VECTOR);
      v128.store(to3, c30);
      v128.store(to3, c31, VECTOR);
    }
    to = to3 + rowBytes;
  }
}

function multiplyByTwoPanels(
  from: usize,
  fours: i32,
  channels: i32,
  first: usize,
  second: usize,
  to: usize,
  rowBytes: usize,
  isFirst: bool,
): void {
  for (let four = 0; four < fours; four++) {
    let b = first;
    let d = second;
    const to1 = to + rowBytes;
    const to2 = to1 + rowBytes;
    const to3 = to2 + rowBytes;
    for (let channel = 0; channel < channels; channel += BLOCK) {
      let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c02 = f32x4.splat(0), c03 = f32x4.splat(0);
      let c10 = f32x4.splat(0), c11 = f32x4.splat(0), c12 = f32x4.splat(0), c13 = f32x4.splat(0);
      let c20 = f32x4.splat(0), c21 = f32x4.splat(0), c22 = f32x4.splat(0), c23 = f32x4.splat(0);
      let c30 = f32x4.splat(0), c31 = f32x4.splat(0), c32 = f32x4.splat(0), c33 = f32x4.splat(0);
      const blockBytes = <usize>min(BLOCK, channels - channel) * VECTOR;
      for (let lane: usize = 0; lane < VECTOR; lane += 4) {
        let a = from + lane;
        const end = a + blockBytes;
        while (a < end) {
          const b0 = v128.load(b);
          const b1 = v128.load(b, VECTOR);
          const b2 = v128.load(d);
          const b3 = v128.load(d, VECTOR);
          let value = v128.load32_splat(a);
          c00 = madd(value, b0, c00); c01 = madd(value, b1, c01); c02 = madd(value, b2, c02); c03 = madd(value, b3, c03);
          value = v128.load32_splat(a, VECTOR);
          c10 = madd(value, b0, c10); c11 = madd(value, b1, c11); c12 = madd(value, b2, c12); c13 = madd(value, b3, c13);
          value = v128.load32_splat(a, 2 * VECTOR);
          c20 = madd(value, b0, c20); c21 = madd(value, b1, c21); c22 = madd(value, b2, c22); c23 = madd(value, b3, c23);
          value = v128.load32_splat(a, 3 * VECTOR);
          c30 = madd(value, b0, c30); c31 = madd(value, b1, c31); c32 = madd(value, b2, c32); c33 = madd(value, b3, c33);
          a += 4 * VECTOR;
          b += 2 * VECTOR;
          d += 2 * VECTOR;
        }
      }
      from += blockBytes;
      if (channel > 0 || !isFirst) {
        c00 = f32x4.add(v128.load(to), c00); c01 = f32x4.add(v128.load(to, VECTOR), c01);
        c02 = f32x4.add(v128.load(to, 2 * VECTOR), c02); c03 = f32x4.add(v128.load(to, 3 * VECTOR), c03);
        c10 = f32x4.add(v128.load(to1), c10); c11 = f32x4.add(v128.load(to1, VECTOR), c11);
        c12 = f32x4.add(v128.load(to1, 2 * VECTOR), c12); c13 = f32x4.add(v128.load(to1, 3 * VECTOR), c13);
        c20 = f32x4.add(v128.load(to2), c20); c21 = f32x4.add(v128.load(to2, VECTOR), c21);
        c22 = f32x4.add(v128.load(to2, 2 * VECTOR), c22); c23 = f32x4.add(v128.load(to2, 3 * VECTOR), c23);
        c30 = f32x4.add(v128.load(to3), c30); c31 = f32x4.add(v128.load(to3, VECTOR), c31);
        c32 = f32x4.add(v128.load(to3, 2 * VECTOR), c32); c33 = f32x4.add(v128.load(to3, 3 * VECTOR), c33);
      }
      v128.store(to, c00); v128.store(to, c01, VECTOR);
      v128.store(to, c02, 2 * VECTOR); v128.store(to, c03, 3 * VECTOR);
      v128.store(to1, c10); v128.store(to1, c11, VECTOR);
      v128.store(to1, c12, 2 * VECTOR); v128.store(to1, c13, 3 * VECTOR);
      v128.store(to2, c20); v128.store(to2, c21, VECTOR);
      v128.store(to2, c22, 2 * VECTOR); v128.store(to2, c23, 3 * VECTOR);
      v128.store(to3, c30); v128.store(to3, c31, VECTOR);
      v128.store(to3, c32, 2 * VECTOR); v128.store(to3, c33, 3 * VECTOR);
    }
    to = to3 + rowBytes;
  }
}
