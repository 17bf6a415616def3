import { DepthwiseJob } from './depthwiseJob';
import { FLOAT, VECTOR } from './job';
import { madd } from './madd';

/** Results in a block: four vectors, a cache line per pixel. */
const BLOCK: i32 = 16;
const BLOCK_BYTES: usize = 4 * VECTOR;

@unmanaged
class DepthwiseBwdFilterJob extends DepthwiseJob {
  x: usize;
  dy: usize;
  /** Sums of each group of images: [groups][taps, K]. */
  sums: usize;
  images: i32;
  groups: i32;
  /** Blocks of results. */
  blocks: i32;
  /** Columns of the frame that the windows of a row read. */
  frameWidth: i32;
}

/**
 * The gradient of a depthwise convolution with respect to its filter:
 * dW[i, j, c, m] = Σ_{n, y, x} X[n, s·y + i − top, s·x + j − left, c] · dY[n, y, x, c·M + m], for one group of images and
 * one block of results.
 *
 * A task is a group and a block. Rows of x are copied into panels of the block's results, each channel M times, between
 * columns of zeros; a row of dy into one such panel. The products of a row of dy are added up, then these sums.
 *
 * Scratch: the panels of an image's rows, the panel of a row of dy, the sums of the taps.
 */
export function depthwise_bwd_filter(job: DepthwiseBwdFilterJob, task: i32, scratch: usize): void {
  const images = job.images;
  const groups = job.groups;
  const blocks = job.blocks;
  const height = job.height;
  const width = job.width;
  const channels = job.channels;
  const multiplier = job.multiplier;
  const outHeight = job.outHeight;
  const outWidth = job.outWidth;
  const filterHeight = job.filterHeight;
  const filterWidth = job.filterWidth;
  const strideHeight = job.strideHeight;
  const strideWidth = job.strideWidth;
  const frameWidth = job.frameWidth;
  const top = job.top;

  const results = channels * multiplier;
  const taps = filterHeight * filterWidth;
  const group = task / blocks;
  const firstResult = (task % blocks) * BLOCK;
  const present = min(BLOCK, results - firstResult);
  const lineBytes = <usize>frameWidth * BLOCK_BYTES;
  const lines = scratch;
  const dyLine = lines + <usize>height * lineBytes;
  const sums = dyLine + <usize>outWidth * BLOCK_BYTES;
  memory.fill(sums, 0, <usize>taps * BLOCK_BYTES);

  const endImage = (images * (group + 1)) / groups;
  for (let image = (images * group) / groups; image < endImage; image++) {
    const x = job.x + <usize>(image * height * width * channels) * FLOAT;
    let dy = job.dy + <usize>(image * outHeight * outWidth * results + firstResult) * FLOAT;
    // Rows are copied when the first window needs them, so that they are still in the cache.
    let copied = 0;
    for (let outRow = 0; outRow < outHeight; outRow++) {
      const firstRow = outRow * strideHeight - top;
      const endRow = min(firstRow + filterHeight, height);
      for (; copied < endRow; copied++) {
        const from = x + <usize>(copied * width * channels) * FLOAT;
        const line = lines + <usize>copied * lineBytes;
        spreadRow(from, width, channels, multiplier, firstResult, present, job.left, line, frameWidth);
      }
      spreadRow(dy, outWidth, results, 1, 0, present, 0, dyLine, outWidth);
      dy += <usize>(outWidth * results) * FLOAT;
      for (let row = max(firstRow, 0); row < endRow; row++) {
        const line = lines + <usize>row * lineBytes;
        const tap = sums + <usize>((row - firstRow) * filterWidth) * BLOCK_BYTES;
        for (let j = 0; j < filterWidth; j++) {
          const at = <usize>j * BLOCK_BYTES;
          addProducts(line + at, <usize>strideWidth * BLOCK_BYTES, dyLine, outWidth, tap + at);
        }
      }
    }
  }

  let to = job.sums + <usize>(group * taps * results + firstResult) * FLOAT;
  for (let tap = 0; tap < taps; tap++) {
    memory.copy(to, sums + <usize>tap * BLOCK_BYTES, <usize>present * FLOAT);
    to += <usize>results * FLOAT;
  }
}

/** sums[16] += Σ_pixels x[16] · dy[16]. */
// @ts-ignore: decorator
@inline
function addProducts(x: usize, step: usize, dy: usize, pixels: i32, sums: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (let pixel = 0; pixel < pixels; pixel++) {
    s0 = madd(v128.load(x), v128.load(dy), s0);
    s1 = madd(v128.load(x, VECTOR), v128.load(dy, VECTOR), s1);
    s2 = madd(v128.load(x, 2 * VECTOR), v128.load(dy, 2 * VECTOR), s2);
    s3 = madd(v128.load(x, 3 * VECTOR), v128.load(dy, 3 * VECTOR), s3);
    x += step;
    dy += BLOCK_BYTES;
  }
  v128.store(sums, f32x4.add(v128.load(sums), s0));
  v128.store(sums, f32x4.add(v128.load(sums, VECTOR), s1), VECTOR);
  v128.store(sums, f32x4.add(v128.load(sums, 2 * VECTOR), s2), 2 * VECTOR);
  v128.store(sums, f32x4.add(v128.load(sums, 3 * VECTOR), s3), 3 * VECTOR);
}

/**
 * Copies a row of pixels into a panel [panelWidth][16]: entry k of a pixel is its channel (firstResult + k) div M; entries
 * from `present` on, and columns outside the row, become zeros.
 */
function spreadRow(
  row: usize,
  width: i32,
  channels: i32,
  multiplier: i32,
  firstResult: i32,
  present: i32,
  left: i32,
  panel: usize,
  panelWidth: i32,
): void {
  const pixelBytes = <usize>channels * FLOAT;
  for (let column = -left; column < panelWidth - left; column++) {
    if (column < 0 || column >= width) {
      memory.fill(panel, 0, BLOCK_BYTES);
    } else {
      const from = row + <usize>column * pixelBytes;
      if (multiplier == 1 && present == BLOCK) {
        const pixel = from + <usize>firstResult * FLOAT;
        v128.store(panel, v128.load(pixel));
        v128.store(panel, v128.load(pixel, VECTOR), VECTOR);
        v128.store(panel, v128.load(pixel, 2 * VECTOR), 2 * VECTOR);
        v128.store(panel, v128.load(pixel, 3 * VECTOR), 3 * VECTOR);
      } else {
        for (let k = 0; k < BLOCK; k++) {
          const channel = (firstResult + k) / multiplier;
          const value: f32 = k < present ? load<f32>(from + <usize>channel * FLOAT) : 0;
          store<f32>(panel + <usize>k * FLOAT, value);
        }
      }
    }
    panel += BLOCK_BYTES;
  }
}

@unmanaged
class DepthwiseBwdFilterFinishJob {
  filter: usize;
  sums: usize;
  groups: i32;
  /** Floats of the filter. */
  floats: i32;
}

/** Adds up the groups' sums, in the order of the groups. A single task. */
export function depthwise_bwd_filter_finish(
  job: DepthwiseBwdFilterFinishJob,
  task: i32,
  scratch: usize,
): void {
  const bytes = <usize>job.floats * FLOAT;
  for (let at: usize = 0; at < bytes; at += FLOAT) {
    let sum: f32 = 0;
    let from = job.sums + at;
    for (let group = 0; group < job.groups; group++) {
      sum += load<f32>(from);
      from += bytes;
    }
    store<f32>(job.filter + at, sum);
  }
}
