import { madd } from './madd';
import { VECTOR } from './job';

/** Channels per partial sum: errors then hardly grow with the number of channels. */
export const BLOCK: i32 = 48;

/**
 * target[tiles, K] = tiles[tiles, C] · filter[C, K] at one point, or that added to the existing values.
 *
 * Tiles are stored in groups of four, [tiles/4][C/4][4 tiles][4 channels], as the transforms write them; so one pointer
 * serves four rows. The filter is stored in panels [K/8][C][8], with channels in the order of use: in each block first
 * every fourth channel from 0 on, then from 1 on, and so forth. All of target's rows are whole fours, and a row is
 * `rowBytes`, whole panels.
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
  for (let panel = 0; panel < panels; panel++) {
    let from = tiles;
    let to = target + <usize>panel * 2 * VECTOR;
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
    filter += panelBytes;
  }
}
