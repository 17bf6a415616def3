import { DepthwiseJob } from './depthwiseJob';
import { FLOAT, VECTOR } from './job';
import { madd } from './madd';
import { loadPart, storePart } from './partialVector';

/** Results whose sums are in registers at the same time: four vectors. */
const BLOCK: i32 = 16;

@unmanaged
class DepthwiseBwdInputJob extends DepthwiseJob {
  dy: usize;
  filter: usize;
  dx: usize;
}

/**
 * The gradient of a depthwise convolution with respect to its input:
 * dX[h, w, c] = Σ_{i, j, m} dY[(h + top − i)/s, (w + left − j)/s, c·M + m] · W[i, j, c, m], over the taps for which the
 * quotients are pixels of dY.
 *
 * At each tap, the weights of all K = C·M results lie side by side, as the results of a pixel of dY do: vectors are of
 * neighbouring results. A task is a row of dX. Scratch: the sums of a pixel's results, if M > 1.
 */
export function depthwise_bwd_input(job: DepthwiseBwdInputJob, task: i32, scratch: usize): void {
  const width = job.width;
  const channels = job.channels;
  const multiplier = job.multiplier;
  const outWidth = job.outWidth;
  const filterHeight = job.filterHeight;
  const filterWidth = job.filterWidth;
  const strideHeight = job.strideHeight;
  const strideWidth = job.strideWidth;
  const left = job.left;
  const results = channels * multiplier;
  const pixelBytes = <usize>results * FLOAT;
  const dyRowBytes = <usize>outWidth * pixelBytes;

  const image = task / job.height;
  const row = (task % job.height) + job.top;
  const dy = job.dy + <usize>(image * job.outHeight) * dyRowBytes;
  // The taps that reach this row follow one another at steps of strideHeight.
  const firstRowTap = firstTap(row, strideHeight, job.outHeight);
  const endRowTap = min(row + 1, filterHeight);
  let to = job.dx + <usize>(task * width * channels) * FLOAT;
  for (let x = left; x < width + left; x++) {
    const firstColumnTap = firstTap(x, strideWidth, outWidth);
    const endColumnTap = min(x + 1, filterWidth);
    const sums = multiplier == 1 ? to : scratch;
    let result = 0;
    for (; result + BLOCK <= results; result += BLOCK) {
      const place = <usize>result * FLOAT;
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      for (let i = firstRowTap; i < endRowTap; i += strideHeight) {
        const line = dy + <usize>((row - i) / strideHeight) * dyRowBytes + place;
        const taps = job.filter + <usize>(i * filterWidth) * pixelBytes + place;
        let from = line + <usize>((x - firstColumnTap) / strideWidth) * pixelBytes;
        for (let j = firstColumnTap; j < endColumnTap; j += strideWidth) {
          const tap = taps + <usize>j * pixelBytes;
          s0 = madd(v128.load(from), v128.load(tap), s0);
          s1 = madd(v128.load(from, VECTOR), v128.load(tap, VECTOR), s1);
          s2 = madd(v128.load(from, 2 * VECTOR), v128.load(tap, 2 * VECTOR), s2);
          s3 = madd(v128.load(from, 3 * VECTOR), v128.load(tap, 3 * VECTOR), s3);
          from -= pixelBytes;
        }
      }
      v128.store(sums + place, s0);
      v128.store(sums + place, s1, VECTOR);
      v128.store(sums + place, s2, 2 * VECTOR);
      v128.store(sums + place, s3, 3 * VECTOR);
    }
    for (; result < results; result += 4) {
      const place = <usize>result * FLOAT;
      const present = results - result;
      let s = f32x4.splat(0);
      for (let i = firstRowTap; i < endRowTap; i += strideHeight) {
        const line = dy + <usize>((row - i) / strideHeight) * dyRowBytes + place;
        const taps = job.filter + <usize>(i * filterWidth) * pixelBytes + place;
        let from = line + <usize>((x - firstColumnTap) / strideWidth) * pixelBytes;
        for (let j = firstColumnTap; j < endColumnTap; j += strideWidth) {
          s = madd(loadPart(from, present), loadPart(taps + <usize>j * pixelBytes, present), s);
          from -= pixelBytes;
        }
      }
      storePart(sums + place, s, present);
    }
    if (multiplier > 1) addResults(scratch, to, channels, multiplier);
    to += <usize>channels * FLOAT;
  }
}

/**
 * The first tap that reaches a pixel of the frame, from a window inside dy: of the taps i ≡ pixel (mod stride), the
 * first one whose window (pixel − i) / stride is below `windows`.
 */
// @ts-ignore: decorator
@inline
function firstTap(pixel: i32, stride: i32, windows: i32): i32 {
  const last = pixel - (windows - 1) * stride;
  if (last > 0) return last;
  return pixel < 0 ? 0 : pixel % stride;
}

/** The sum of the M results of each channel. */
function addResults(results: usize, to: usize, channels: i32, multiplier: i32): void {
  for (let channel = 0; channel < channels; channel++) {
    let sum: f32 = 0;
    for (let m = 0; m < multiplier; m++) {
      sum += load<f32>(results);
      results += FLOAT;
    }
    store<f32>(to, sum);
    to += FLOAT;
  }
}
