import { madd } from './madd';
import { padImage } from './padImage';
import { HALFWAY, transform } from './winogradTransforms';
import { bytes, count, oddLines, VECTOR } from './words';

/** Bytes of 4 × 8 sums. */
const SUMS: usize = 128;
/** Tiles that are summed up by themselves: errors then hardly grow with their number. */
const BLOCK: i32 = 64;

/**
 * Both sides of the gradient by the kernel at the points, for some strips of images: x in panels of 4 channels
 * [x's points²][C/4][tiles][4], dy in panels of 8 results [dy's points²][K/8][tiles][8]. A task is one strip or some
 * small ones, whose tiles share a line of the cache; what they reach over the edge is 0.
 *
 * Words: 0 x, 1 dy, 2 x's panels, 3 dy's panels, 4 strips at once, 5 H, 6 W, 7 C, 8 top, 9 left, 10 dy's H, 11 W,
 * 12 K, 13 rows of tiles in a strip, 14 strips of an image, 15 the first strip, 16 columns of tiles, 17 x's kind,
 * 18 side of its tiles, 19 their step, 20 their points, 21 dy's kind, 22 side, 23 points, 24 strips in a task.
 * Scratch: half a transform, frames for the strips of either.
 */
export function winogradBackPanels(words: usize, task: i32, scratch: usize): void {
  const side = count(words, 22);
  panelsOfStrips(
    words, task, scratch,
    bytes(words, 0), count(words, 5), count(words, 6), count(words, 7), count(words, 8), count(words, 9),
    count(words, 17), count(words, 18), count(words, 19), count(words, 20), bytes(words, 2), VECTOR,
  );
  panelsOfStrips(
    words, task, scratch,
    bytes(words, 1), count(words, 10), count(words, 11), count(words, 12), 0, 0,
    count(words, 21), side, side, count(words, 23), bytes(words, 3), 2 * VECTOR,
  );
}

/** Transforms strips into panels of one or two vectors; of two, the second may be missing: 0. */
function panelsOfStrips(
  words: usize,
  task: i32,
  scratch: usize,
  source: usize,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  left: i32,
  kind: i32,
  side: i32,
  step: i32,
  points: i32,
  panels: usize,
  panelWidth: usize,
): void {
  const tileRows = count(words, 13);
  const tileColumns = count(words, 16);
  const tiles = <usize>(tileRows * tileColumns * count(words, 4));
  const stripsOfImage = count(words, 14);
  const first = task * count(words, 24);
  const present = min(count(words, 24), count(words, 4) - first);
  const pixelBytes = <usize>channels << 2;
  const frameWidth = step * (tileColumns - 1) + side;
  const frameHeight = step * (tileRows - 1) + side;
  const frameBytes = <usize>(frameHeight * frameWidth) * pixelBytes;
  const frames = scratch + HALFWAY;
  for (let i = 0; i < present; i++) {
    const strip = count(words, 15) + first + i;
    padImage(
      source + <usize>((strip / stripsOfImage) * height * width) * pixelBytes, height, width, pixelBytes,
      top - (strip % stripsOfImage) * tileRows * step, left,
      frames + <usize>i * frameBytes, frameHeight, frameWidth,
    );
  }
  const panelStep = tiles * panelWidth;
  const pointStep = oddLines(((pixelBytes + panelWidth - 1) / panelWidth) * panelStep);
  let target = panels + <usize>(first * tileRows * tileColumns) * panelWidth;
  for (let start: usize = 0; start < pixelBytes; start += panelWidth) {
    let tile = target;
    for (let i = 0; i < present; i++) {
      let corner = frames + <usize>i * frameBytes + start;
      for (let tileRow = 0; tileRow < tileRows; tileRow++) {
        for (let vector: usize = 0; vector < panelWidth; vector += VECTOR) {
          if (start + vector < pixelBytes) {
            transform(
              kind, tileColumns, corner + vector, <usize>step * pixelBytes, <usize>frameWidth * pixelBytes, pixelBytes,
              scratch, tile + vector, panelWidth, <usize>points * pointStep, pointStep,
            );
          } else {
            clear(tile + vector, tileColumns, panelWidth, points * points, pointStep);
          }
        }
        corner += <usize>(step * frameWidth) * pixelBytes;
        tile += <usize>tileColumns * panelWidth;
      }
    }
    target += panelStep;
  }
}

/** Vectors that are not there, for some tiles. */
function clear(to: usize, tiles: i32, tileStep: usize, points: i32, pointStep: usize): void {
  for (let point = 0; point < points; point++) {
    for (let tile: usize = 0; tile < <usize>tiles; tile++) v128.store(to + tile * tileStep, f32x4.splat(0));
    to += pointStep;
  }
}

/**
 * Adds the products of both sides over all tiles, at one point: sums[points²][K/8][C/4][4 × 8].
 *
 * Words: 0 x's panels, 1 dy's panels, 2 sums, 3 tiles, 4 C/4, 5 K/8, 6 whether to begin from 0, 7 points, 8 x's points,
 * 9 dy's. Of a side with fewer points, point p above their number is p − 3. A task is a point.
 */
export function winogradBackProducts(words: usize, task: i32, scratch: usize): void {
  const tiles = count(words, 3);
  const channelPanels = count(words, 4);
  const resultPanels = count(words, 5);
  const isFirst = count(words, 6) != 0;
  const row = task / count(words, 7);
  const column = task % count(words, 7);
  const xPanelBytes = <usize>tiles * VECTOR;
  const dyPanelBytes = <usize>tiles * 2 * VECTOR;
  const xPoint = pointOfProduct(row, column, count(words, 8));
  const dyPoint = pointOfProduct(row, column, count(words, 9));
  const x = bytes(words, 0) + xPoint * oddLines(<usize>channelPanels * xPanelBytes);
  let dy = bytes(words, 1) + dyPoint * oddLines(<usize>resultPanels * dyPanelBytes);
  let sums = bytes(words, 2) + <usize>task * oddLines(<usize>(resultPanels * channelPanels) * SUMS);
  for (let panel = 0; panel < resultPanels; panel++) {
    for (let channel = 0; channel < channelPanels; channel++) {
      addProducts(x + <usize>channel * xPanelBytes, dy, tiles, sums, isFirst);
      sums += SUMS;
    }
    dy += dyPanelBytes;
  }
}

// @ts-ignore: decorator
@inline
function pointOfProduct(row: i32, column: i32, points: i32): usize {
  return <usize>((row < points ? row : row - 3) * points + (column < points ? column : column - 3));
}

/** sums[4 × 8] = Σ_t x[t, 4] ⊗ dy[t, 8], or that added to what is there. */
function addProducts(x: usize, dy: usize, tiles: i32, sums: usize, isFirst: bool): void {
  for (let tile = 0; tile < tiles; tile += BLOCK) {
    let c00 = f32x4.splat(0);
    let c01 = f32x4.splat(0);
    let c10 = f32x4.splat(0);
    let c11 = f32x4.splat(0);
    let c20 = f32x4.splat(0);
    let c21 = f32x4.splat(0);
    let c30 = f32x4.splat(0);
    let c31 = f32x4.splat(0);
    const end = x + <usize>min(BLOCK, tiles - tile) * VECTOR;
    while (x < end) {
      const b0 = v128.load(dy);
      const b1 = v128.load(dy, VECTOR);
      let a = v128.load32_splat(x);
      c00 = madd(a, b0, c00);
      c01 = madd(a, b1, c01);
      a = v128.load32_splat(x, 4);
      c10 = madd(a, b0, c10);
      c11 = madd(a, b1, c11);
      a = v128.load32_splat(x, 8);
      c20 = madd(a, b0, c20);
      c21 = madd(a, b1, c21);
      a = v128.load32_splat(x, 12);
      c30 = madd(a, b0, c30);
      c31 = madd(a, b1, c31);
      x += VECTOR;
      dy += 2 * VECTOR;
    }
    if (tile > 0 || !isFirst) {
      c00 = f32x4.add(v128.load(sums), c00);
      c01 = f32x4.add(v128.load(sums, VECTOR), c01);
      c10 = f32x4.add(v128.load(sums, 2 * VECTOR), c10);
      c11 = f32x4.add(v128.load(sums, 3 * VECTOR), c11);
      c20 = f32x4.add(v128.load(sums, 4 * VECTOR), c20);
      c21 = f32x4.add(v128.load(sums, 5 * VECTOR), c21);
      c30 = f32x4.add(v128.load(sums, 6 * VECTOR), c30);
      c31 = f32x4.add(v128.load(sums, 7 * VECTOR), c31);
    }
    v128.store(sums, c00);
    v128.store(sums, c01, VECTOR);
    v128.store(sums, c10, 2 * VECTOR);
    v128.store(sums, c11, 3 * VECTOR);
    v128.store(sums, c20, 4 * VECTOR);
    v128.store(sums, c21, 5 * VECTOR);
    v128.store(sums, c30, 6 * VECTOR);
    v128.store(sums, c31, 7 * VECTOR);
  }
}

/**
 * The gradient by the kernel from the sums at the points.
 *
 * Words: 0 sums, 1 dW, 2 C, 3 K, 4 kind, 5 points. A task is a panel of 8 results.
 */
export function winogradBackFilter(words: usize, task: i32, scratch: usize): void {
  const channels = count(words, 2);
  const results = count(words, 3);
  const channelPanels = channels >> 2;
  const pointStep = oddLines(<usize>(((results + 7) >> 3) * channelPanels) * SUMS);
  const rowOfPoints = <usize>count(words, 5) * pointStep;
  let sums = bytes(words, 0) + <usize>(task * channelPanels) * SUMS;
  const resultBytes = <usize>results << 2;
  const tapBytes = <usize>channels * resultBytes;
  let to = bytes(words, 1) + <usize>task * 2 * VECTOR;
  const halves = task * 8 + 4 < results ? 2 : 1;
  for (let channel = 0; channel < channels; channel++) {
    transform(
      count(words, 4), halves, sums, VECTOR, rowOfPoints, pointStep, scratch,
      to, VECTOR, 3 * tapBytes, tapBytes,
    );
    sums += 2 * VECTOR;
    to += resultBytes;
  }
}
