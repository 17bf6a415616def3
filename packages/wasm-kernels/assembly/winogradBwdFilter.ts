import { oddLines, VECTOR } from './job';
import { madd } from './madd';
import { padImage } from './padImage';
import { storeTile, TILE } from './sumsTile';
import { HALFWAY, Transform, transform } from './winogradTransforms';
import { IS_WIDE } from './wide';

/** Tiles per partial sum: errors then hardly grow with the number of tiles. */
const BLOCK: i32 = 64;

@unmanaged
class WinogradBwdFilterPanelsJob {
  x: usize;
  dy: usize;
  xPanels: usize;
  dyPanels: usize;
  /** The number of strips whose panels are stored side by side. */
  strips: i32;
  height: i32;
  width: i32;
  channels: i32;
  /** Padding before x. */
  top: i32;
  left: i32;
  outHeight: i32;
  outWidth: i32;
  /** Channels of dy, K. */
  results: i32;
  /** Rows of tiles in a strip. */
  stripRows: i32;
  stripsOfImage: i32;
  firstStrip: i32;
  tileColumns: i32;
  xTransform: Transform;
  /** Side of the tiles of x, pixels from one tile to the next, and values at points per axis. */
  xSide: i32;
  xStep: i32;
  xPoints: i32;
  dyTransform: Transform;
  dySide: i32;
  dyPoints: i32;
  stripsInTask: i32;
}

/**
 * Both factors of the gradient with respect to the filter at the points, for some strips of images: x in panels of 4
 * channels [x's points²][C/4][tiles][4], dy in panels of 8 results [dy's points²][K/8][tiles][8]. A task is one strip,
 * or several small strips whose tiles share a cache line; pixels beyond the edge are 0.
 *
 * Scratch: half a transform, frames for the strips of either side.
 */
export function winograd_bwd_filter_panels(job: WinogradBwdFilterPanelsJob, task: i32, scratch: usize): void {
  const side = job.dySide;
  panelsOfStrips(
    job, task, scratch,
    job.x, job.height, job.width, job.channels, job.top, job.left,
    job.xTransform, job.xSide, job.xStep, job.xPoints, job.xPanels, VECTOR,
  );
  panelsOfStrips(
    job, task, scratch,
    job.dy, job.outHeight, job.outWidth, job.results, 0, 0,
    job.dyTransform, side, side, job.dyPoints, job.dyPanels, 2 * VECTOR,
  );
}

/** Transforms strips into panels of one or two vectors; if the second of two is missing, it is 0. */
function panelsOfStrips(
  job: WinogradBwdFilterPanelsJob,
  task: i32,
  scratch: usize,
  source: usize,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  left: i32,
  kind: Transform,
  side: i32,
  step: i32,
  points: i32,
  panels: usize,
  panelWidth: usize,
): void {
  const tileRows = job.stripRows;
  const tileColumns = job.tileColumns;
  const tiles = <usize>(tileRows * tileColumns * job.strips);
  const stripsOfImage = job.stripsOfImage;
  const first = task * job.stripsInTask;
  const present = min(job.stripsInTask, job.strips - first);
  const pixelBytes = <usize>channels << 2;
  const frameWidth = step * (tileColumns - 1) + side;
  const frameHeight = step * (tileRows - 1) + side;
  const frameBytes = <usize>(frameHeight * frameWidth) * pixelBytes;
  const frames = scratch + HALFWAY;
  for (let i = 0; i < present; i++) {
    const strip = job.firstStrip + first + i;
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
        const width = min(panelWidth, pixelBytes - start);
        transform(
          kind, tileColumns, width, corner, <usize>step * pixelBytes, <usize>frameWidth * pixelBytes, pixelBytes,
          scratch, tile, panelWidth, <usize>points * pointStep, pointStep,
        );
        if (width < panelWidth) clear(tile + width, tileColumns, panelWidth, points * points, pointStep);
        corner += <usize>(step * frameWidth) * pixelBytes;
        tile += <usize>tileColumns * panelWidth;
      }
    }
    target += panelStep;
  }
}

/** Zeros for missing vectors of some tiles. */
function clear(to: usize, tiles: i32, tileStep: usize, points: i32, pointStep: usize): void {
  for (let point = 0; point < points; point++) {
    for (let tile: usize = 0; tile < <usize>tiles; tile++) v128.store(to + tile * tileStep, f32x4.splat(0));
    to += pointStep;
  }
}

@unmanaged
class WinogradBwdFilterProductsJob {
  xPanels: usize;
  dyPanels: usize;
  sums: usize;
  tiles: i32;
  /** C/4 and K/8. */
  channelPanels: i32;
  resultPanels: i32;
  /** Whether the sums start at 0. */
  isFirst: bool;
  points: i32;
  xPoints: i32;
  dyPoints: i32;
}

/**
 * Adds the products of both sides over all tiles, at one point: sums[points²][K/8][C/4][4 × 8].
 *
 * On a side with fewer points, a point p beyond their number uses p − 3. A task is a point.
 */
export function winograd_bwd_filter_products(job: WinogradBwdFilterProductsJob, task: i32, scratch: usize): void {
  const tiles = job.tiles;
  const channelPanels = job.channelPanels;
  const resultPanels = job.resultPanels;
  const isFirst = job.isFirst;
  const row = task / job.points;
  const column = task % job.points;
  const xPanelBytes = <usize>tiles * VECTOR;
  const dyPanelBytes = <usize>tiles * 2 * VECTOR;
  const xPoint = pointOfProduct(row, column, job.xPoints);
  const dyPoint = pointOfProduct(row, column, job.dyPoints);
  const x = job.xPanels + xPoint * oddLines(<usize>channelPanels * xPanelBytes);
  let dy = job.dyPanels + dyPoint * oddLines(<usize>resultPanels * dyPanelBytes);
  let sums = job.sums + <usize>task * oddLines(<usize>(resultPanels * channelPanels) * TILE);
  const panelSums = <usize>channelPanels * TILE;
  for (let panel = 0; panel < resultPanels; ) {
    const isPair = IS_WIDE && panel + 1 < resultPanels;
    for (let channel = 0; channel < channelPanels; channel++) {
      const panelOfX = x + <usize>channel * xPanelBytes;
      if (isPair) addProductsOfTwo(panelOfX, dy, dy + dyPanelBytes, tiles, sums, sums + panelSums, isFirst);
      else addProducts(panelOfX, dy, tiles, sums, isFirst);
      sums += TILE;
    }
    if (isPair) sums += panelSums;
    panel += isPair ? 2 : 1;
    dy += isPair ? 2 * dyPanelBytes : dyPanelBytes;
  }
}

// @ts-ignore: decorator
@inline
function pointOfProduct(row: i32, column: i32, points: i32): usize {
  return <usize>((row < points ? row : row - 3) * points + (column < points ? column : column - 3));
}

/** sums[4 × 8] = Σ_t x[t, 4] ⊗ dy[t, 8], or that added to the existing sums. */
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
    storeTile(sums, c00, c01, c10, c11, c20, c21, c30, c31);
  }
}

/** The same for two panels of dy. */
function addProductsOfTwo(
  x: usize,
  dy: usize,
  moreDy: usize,
  tiles: i32,
  sums: usize,
  moreSums: usize,
  isFirst: bool,
): void {
  for (let tile = 0; tile < tiles; tile += BLOCK) {
    let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c02 = f32x4.splat(0), c03 = f32x4.splat(0);
    let c10 = f32x4.splat(0), c11 = f32x4.splat(0), c12 = f32x4.splat(0), c13 = f32x4.splat(0);
    let c20 = f32x4.splat(0), c21 = f32x4.splat(0), c22 = f32x4.splat(0), c23 = f32x4.splat(0);
    let c30 = f32x4.splat(0), c31 = f32x4.splat(0), c32 = f32x4.splat(0), c33 = f32x4.splat(0);
    const end = x + <usize>min(BLOCK, tiles - tile) * VECTOR;
    while (x < end) {
      const b0 = v128.load(dy);
      const b1 = v128.load(dy, VECTOR);
      const b2 = v128.load(moreDy);
      const b3 = v128.load(moreDy, VECTOR);
      let a = v128.load32_splat(x);
      c00 = madd(a, b0, c00); c01 = madd(a, b1, c01); c02 = madd(a, b2, c02); c03 = madd(a, b3, c03);
      a = v128.load32_splat(x, 4);
      c10 = madd(a, b0, c10); c11 = madd(a, b1, c11); c12 = madd(a, b2, c12); c13 = madd(a, b3, c13);
      a = v128.load32_splat(x, 8);
      c20 = madd(a, b0, c20); c21 = madd(a, b1, c21); c22 = madd(a, b2, c22); c23 = madd(a, b3, c23);
      a = v128.load32_splat(x, 12);
      c30 = madd(a, b0, c30); c31 = madd(a, b1, c31); c32 = madd(a, b2, c32); c33 = madd(a, b3, c33);
      x += VECTOR;
      dy += 2 * VECTOR;
      moreDy += 2 * VECTOR;
    }
    if (tile > 0 || !isFirst) {
      c00 = f32x4.add(v128.load(sums), c00); c01 = f32x4.add(v128.load(sums, VECTOR), c01);
      c10 = f32x4.add(v128.load(sums, 2 * VECTOR), c10); c11 = f32x4.add(v128.load(sums, 3 * VECTOR), c11);
      c20 = f32x4.add(v128.load(sums, 4 * VECTOR), c20); c21 = f32x4.add(v128.load(sums, 5 * VECTOR), c21);
      c30 = f32x4.add(v128.load(sums, 6 * VECTOR), c30); c31 = f32x4.add(v128.load(sums, 7 * VECTOR), c31);
      c02 = f32x4.add(v128.load(moreSums), c02); c03 = f32x4.add(v128.load(moreSums, VECTOR), c03);
      c12 = f32x4.add(v128.load(moreSums, 2 * VECTOR), c12); c13 = f32x4.add(v128.load(moreSums, 3 * VECTOR), c13);
      c22 = f32x4.add(v128.load(moreSums, 4 * VECTOR), c22); c23 = f32x4.add(v128.load(moreSums, 5 * VECTOR), c23);
      c32 = f32x4.add(v128.load(moreSums, 6 * VECTOR), c32); c33 = f32x4.add(v128.load(moreSums, 7 * VECTOR), c33);
    }
    storeTile(sums, c00, c01, c10, c11, c20, c21, c30, c31);
    storeTile(moreSums, c02, c03, c12, c13, c22, c23, c32, c33);
  }
}

@unmanaged
class WinogradBwdFilterFinishJob {
  sums: usize;
  filter: usize;
  channels: i32;
  results: i32;
  transform: Transform;
  /** Rows, and columns, of the filter. */
  side: i32;
  points: i32;
}

/** The gradient with respect to the filter, from the sums at the points. A task is a panel of 8 results. */
export function winograd_bwd_filter_finish(job: WinogradBwdFilterFinishJob, task: i32, scratch: usize): void {
  const channels = job.channels;
  const results = job.results;
  const channelPanels = channels >> 2;
  const pointStep = oddLines(<usize>(((results + 7) >> 3) * channelPanels) * TILE);
  const rowOfPoints = <usize>job.points * pointStep;
  let sums = job.sums + <usize>(task * channelPanels) * TILE;
  const resultBytes = <usize>results << 2;
  const tapBytes = <usize>channels * resultBytes;
  const rowBytes = <usize>job.side * tapBytes;
  let to = job.filter + <usize>task * 2 * VECTOR;
  const width = task * 8 + 4 < results ? 2 * VECTOR : VECTOR;
  for (let channel = 0; channel < channels; channel++) {
    transform(
      job.transform, 1, width, sums, 0, rowOfPoints, pointStep, scratch,
      to, 0, rowBytes, tapBytes,
    );
    sums += 2 * VECTOR;
    to += resultBytes;
  }
}
