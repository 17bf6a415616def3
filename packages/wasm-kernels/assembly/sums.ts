import { madd } from './madd';
import { List } from './job';

/**
 * Reductions of a tensor seen as [B, M, C, L] (batch, rows, channels, inner) over M and L: batch norm has B = L = 1,
 * layer norm M = C = 1, instance norm L = 1, group norm all four.
 *
 * Two sums are computed together, of x − shift and of (x − shift)² or (x − shift)·y. Up to 32 terms are added in
 * float32, and these partial sums in float64: the error of a sum does not grow with its length. A task is a range of M
 * of one b, or several b; the division of the work, and so the sums, depend only on the shape.
 */

/** Rows added in float32 before the sums are added in float64. */
export const BLOCK: i32 = 32;

@unmanaged
class PairSumsJob {
  x: usize;
  /** The tensor that is multiplied with x − shift for the second sum; 0 for squares. */
  y: usize;
  /** [B, C], or 0 for none. */
  shifts: usize;
  /** Two float64 for each [chunk, b, channel]. */
  sums: usize;
  batch: i32;
  rows: i32;
  channels: i32;
  inner: i32;
  /** Rows in a chunk, chunks, and indices of B in a task. */
  chunkRows: i32;
  chunks: i32;
  batchStep: i32;
}

/** Both sums of each reduction. */
export function pair_sums(job: PairSumsJob, task: i32, scratch: usize): void {
  const x = job.x;
  const y = job.y;
  const shifts = job.shifts;
  const sums = job.sums;
  const batch = job.batch;
  const rows = job.rows;
  const channels = job.channels;
  const inner = job.inner;
  const chunkRows = job.chunkRows;
  const chunks = job.chunks;
  const batchStep = job.batchStep;

  const chunk = task % chunks;
  const firstRow = chunk * chunkRows;
  const chunkEnd = min(firstRow + chunkRows, rows);
  const from = (task / chunks) * batchStep;
  const to = min(from + batchStep, batch);
  for (let b = from; b < to; b++) {
    const pairs = sums + (<usize>((chunk * batch + b) * channels) << 4);
    const shift = shifts == 0 ? <usize>0 : shifts + (<usize>(b * channels) << 2);
    memory.fill(pairs, 0, <usize>channels << 4);
    for (let row = firstRow; row < chunkEnd; row += BLOCK) {
      const block = min(BLOCK, chunkEnd - row);
      const offset = (<usize>(b * rows + row) * <usize>(channels * inner)) << 2;
      const other = y == 0 ? <usize>0 : y + offset;
      if (inner == 1) {
        addColumns(x + offset, other, shift, pairs, block, channels);
      } else {
        addLines(x + offset, other, shift, pairs, block, channels, inner);
      }
    }
  }
}

/** Adds a block of rows [block, C] to the pairs of its columns. */
function addColumns(x: usize, y: usize, shift: usize, pairs: usize, block: i32, channels: i32): void {
  const rowBytes = <usize>channels << 2;
  let channel = 0;
  for (; channel + 8 <= channels; channel += 8) {
    let from = x + (<usize>channel << 2);
    const end = from + <usize>block * rowBytes;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let q0 = f32x4.splat(0);
    let q1 = f32x4.splat(0);
    const m0 = shift == 0 ? f32x4.splat(0) : v128.load(shift + (<usize>channel << 2));
    const m1 = shift == 0 ? f32x4.splat(0) : v128.load(shift + (<usize>channel << 2), 16);
    if (y != 0) {
      const apart = y - x;
      while (from < end) {
        const a0 = f32x4.sub(v128.load(from), m0);
        const a1 = f32x4.sub(v128.load(from, 16), m1);
        s0 = f32x4.add(s0, a0);
        s1 = f32x4.add(s1, a1);
        q0 = madd(a0, v128.load(from + apart), q0);
        q1 = madd(a1, v128.load(from + apart, 16), q1);
        from += rowBytes;
      }
    } else {
      while (from < end) {
        const a0 = f32x4.sub(v128.load(from), m0);
        const a1 = f32x4.sub(v128.load(from, 16), m1);
        s0 = f32x4.add(s0, a0);
        s1 = f32x4.add(s1, a1);
        q0 = madd(a0, a0, q0);
        q1 = madd(a1, a1, q1);
        from += rowBytes;
      }
    }
    const to = pairs + (<usize>channel << 4);
    addPairs(to, s0, q0);
    addPairs(to + 64, s1, q1);
  }
  for (; channel < channels; channel++) {
    let from = x + (<usize>channel << 2);
    const end = from + <usize>block * rowBytes;
    const apart = y - x;
    const middle: f32 = shift == 0 ? 0 : load<f32>(shift + (<usize>channel << 2));
    let s: f32 = 0;
    let q: f32 = 0;
    while (from < end) {
      const a = load<f32>(from) - middle;
      s += a;
      q += a * (y == 0 ? a : load<f32>(from + apart));
      from += rowBytes;
    }
    addPair(pairs + (<usize>channel << 4), s, q);
  }
}

/** Adds a block [block, C, L] to the pairs of its C lines; each line is converted to float64 separately. */
function addLines(
  x: usize,
  y: usize,
  shift: usize,
  pairs: usize,
  block: i32,
  channels: i32,
  inner: i32,
): void {
  const apart = y - x;
  for (let row = 0; row < block; row++) {
    for (let channel = 0; channel < channels; channel++) {
      const middle: f32 = shift == 0 ? 0 : load<f32>(shift + (<usize>channel << 2));
      const middles = f32x4.splat(middle);
      const pair = pairs + (<usize>channel << 4);
      const end = x + (<usize>inner << 2);
      while (x + 16 <= end) {
        const stop = x + min<usize>(BLOCK << 4, (end - x) & ~15);
        let s = f32x4.splat(0);
        let q = f32x4.splat(0);
        while (x < stop) {
          const a = f32x4.sub(v128.load(x), middles);
          s = f32x4.add(s, a);
          q = madd(a, y == 0 ? a : v128.load(x + apart), q);
          x += 16;
        }
        addPair(pair, lanesSum(s), lanesSum(q));
      }
      while (x < end) {
        const a = load<f32>(x) - middle;
        addPair(pair, a, a * (y == 0 ? a : load<f32>(x + apart)));
        x += 4;
      }
    }
  }
}

/** Adds four float32 values of each sum to the float64 pairs of four channels. */
export function addPairs(to: usize, s: v128, q: v128): void {
  addPair(to, f32x4.extract_lane(s, 0), f32x4.extract_lane(q, 0));
  addPair(to + 16, f32x4.extract_lane(s, 1), f32x4.extract_lane(q, 1));
  addPair(to + 32, f32x4.extract_lane(s, 2), f32x4.extract_lane(q, 2));
  addPair(to + 48, f32x4.extract_lane(s, 3), f32x4.extract_lane(q, 3));
}

// @ts-ignore: decorator
@inline
export function addPair(to: usize, s: f64, q: f64): void {
  store<f64>(to, load<f64>(to) + s);
  store<f64>(to, load<f64>(to, 8) + q, 8);
}

/** A reduction's pair of sums over all chunks, whose pairs are `step` bytes apart, as two float64 lanes. */
// @ts-ignore: decorator
@inline
export function overChunks(pair: usize, chunks: i32, step: usize): v128 {
  let sums = f64x2.splat(0);
  for (let chunk = 0; chunk < chunks; chunk++) {
    sums = f64x2.add(sums, v128.load(pair));
    pair += step;
  }
  return sums;
}

// @ts-ignore: decorator
@inline
function lanesSum(v: v128): f64 {
  return (
    <f64>f32x4.extract_lane(v, 0) +
    <f64>f32x4.extract_lane(v, 1) +
    (<f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3))
  );
}

@unmanaged
class PairSumsSampleJob {
  x: usize;
  shifts: usize;
  rows: i32;
  channels: i32;
  inner: i32;
}

/** A value near the mean of each reduction: the mean of up to 16 evenly spaced entries. A task is one index of B. */
export function pair_sums_sample(job: PairSumsSampleJob, task: i32, scratch: usize): void {
  const rows = job.rows;
  const channels = job.channels;
  const inner = job.inner;
  const length = rows * inner;
  const samples = min(16, length);
  const base = job.x + ((<usize>task * <usize>(rows * channels * inner)) << 2);
  const shifts = job.shifts + (<usize>(task * channels) << 2);
  for (let channel = 0; channel < channels; channel++) {
    let sum: f64 = 0;
    for (let i = 0; i < samples; i++) {
      const at = <i32>((<i64>i * <i64>length) / <i64>samples);
      const index = ((at / inner) * channels + channel) * inner + (at % inner);
      sum += load<f32>(base + (<usize>index << 2));
    }
    store<f32>(shifts + (<usize>channel << 2), <f32>(sum / samples));
  }
}

@unmanaged
class MomentsFinishJob {
  shifts: usize;
  rests: usize;
  inverses: usize;
  means: usize;
  variances: usize;
  /** Terms of each reduction, M·L. */
  length: i32;
  epsilon: f32;
  /** The job whose sums these are, to do it again, and its tasks. */
  pairSums: List<PairSumsJob>;
  tasks: i32;
}

/**
 * Mean and variance from the sums of x − shift, and the coefficients of standardizing: x ↦ ((x − shift) − rest)·inverse.
 *
 * A shift is poor if it is so far from the mean (2 standard deviations) that the squares lost precision: it is replaced
 * by the computed mean, and the sums are computed again. This is rare, and done here by one thread: it depends on values,
 * and the host would have to wait for them. Once is enough: the shift is the mean of 16 of the n entries, so that its
 * distance D from the mean is at most √n/4 standard deviations, and the computed mean is right to 2⁻¹⁸ D.
 */
export function moments_finish(job: MomentsFinishJob, task: i32, scratch: usize): void {
  const pairSums = job.pairSums.at(0);
  if (finishMoments(job, pairSums) === 0) return;
  for (let each = 0; each < job.tasks; each++) pair_sums(pairSums, each, scratch);
  finishMoments(job, pairSums);
}

/** Returns the number of poor shifts. */
function finishMoments(job: MomentsFinishJob, pairSums: PairSumsJob): i32 {
  const sums = pairSums.sums;
  const stats = pairSums.batch * pairSums.channels;
  const chunks = pairSums.chunks;
  const length = <f64>job.length;
  const epsilon = <f64>job.epsilon;
  let poor = 0;
  for (let stat = 0; stat < stats; stat++) {
    const at = <usize>stat << 2;
    const pair = overChunks(sums + (<usize>stat << 4), chunks, <usize>stats << 4);
    const first = f64x2.extract_lane(pair, 0);
    const second = f64x2.extract_lane(pair, 1);
    const rest = first / length;
    const variance = max<f64>(second / length - rest * rest, 0);
    const shift = job.shifts + at;
    const mean = <f64>load<f32>(shift) + rest;
    if (rest * rest > 4 * variance && <f32>mean != load<f32>(shift)) {
      store<f32>(shift, <f32>mean);
      poor++;
    }
    store<f32>(job.rests + at, <f32>rest);
    store<f32>(job.inverses + at, <f32>(1 / Math.sqrt(variance + epsilon)));
    store<f32>(job.means + at, <f32>mean);
    store<f32>(job.variances + at, <f32>variance);
  }
  return poor;
}

@unmanaged
class StandardizeBwdFinishJob {
  sums: usize;
  rests: usize;
  slopes: usize;
  inverses: usize;
  variances: usize;
  /** Reductions, B·C. */
  stats: i32;
  chunks: i32;
  /** Terms of each reduction, M·L. */
  length: i32;
  epsilon: f32;
  shifts: usize;
  /** Means of dy. */
  means: usize;
}

/**
 * The coefficients of the gradient of standardizing, from the sums of dy − shift and (dy − shift)·y:
 * dy ↦ (((dy − shift) − rest) − y·slope)·inverse. The second sum may use dy − shift because Σy = 0.
 */
export function standardize_bwd_finish(job: StandardizeBwdFinishJob, task: i32, scratch: usize): void {
  const sums = job.sums;
  const stats = job.stats;
  const chunks = job.chunks;
  const length = <f64>job.length;
  const epsilon = <f64>job.epsilon;
  for (let stat = 0; stat < stats; stat++) {
    const at = <usize>stat << 2;
    const pair = overChunks(sums + (<usize>stat << 4), chunks, <usize>stats << 4);
    const first = f64x2.extract_lane(pair, 0);
    const second = f64x2.extract_lane(pair, 1);
    const variance = <f64>load<f32>(job.variances + at);
    const rest = first / length;
    store<f32>(job.rests + at, <f32>rest);
    store<f32>(job.means + at, <f32>(<f64>load<f32>(job.shifts + at) + rest));
    store<f32>(job.slopes + at, <f32>(second / length));
    store<f32>(job.inverses + at, <f32>(1 / Math.sqrt(variance + epsilon)));
  }
}

@unmanaged
class SumsFinishJob {
  sums: usize;
  target: usize;
  /** Reductions, B·C. */
  stats: i32;
  chunks: i32;
  divisor: i32;
}

/** The first sum of each pair, divided. */
export function sums_finish(job: SumsFinishJob, task: i32, scratch: usize): void {
  const sums = job.sums;
  const target = job.target;
  const stats = job.stats;
  const chunks = job.chunks;
  const divisor = <f64>job.divisor;
  for (let stat = 0; stat < stats; stat++) {
    const pair = overChunks(sums + (<usize>stat << 4), chunks, <usize>stats << 4);
    store<f32>(target + (<usize>stat << 2), <f32>(f64x2.extract_lane(pair, 0) / divisor));
  }
}

@unmanaged
class TotalTensor {
  x: usize;
  floats: i32;
}

@unmanaged
class TotalJob {
  /** A float64 for each tensor. */
  sums: usize;
  tensors: List<TotalTensor>;
}

/** The sum of each tensor of a list, in float64. A task is a tensor. */
export function total(job: TotalJob, task: i32, scratch: usize): void {
  const tensor = job.tensors.at(task);
  let x = tensor.x;
  const floats = tensor.floats;
  const end = x + (<usize>floats << 2);
  const vectorsEnd = x + (<usize>(floats & ~3) << 2);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (; x < vectorsEnd; x += 16) {
    low = f64x2.add(low, f64x2.promote_low_f32x4(v128.load64_zero(x)));
    high = f64x2.add(high, f64x2.promote_low_f32x4(v128.load64_zero(x, 8)));
  }
  const both = f64x2.add(low, high);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; x < end; x += 4) sum += <f64>load<f32>(x);
  store<f64>(job.sums + (<usize>task << 3), sum);
}

@unmanaged
class TotalFinishJob {
  /** A float64 for each tensor. */
  sums: usize;
  count: i32;
  target: usize;
}

/** The sum of the sums of all tensors. */
export function total_finish(job: TotalFinishJob, task: i32, scratch: usize): void {
  let sum: f64 = 0;
  for (let i = 0; i < job.count; i++) sum += load<f64>(job.sums + (<usize>i << 3));
  store<f32>(job.target, <f32>sum);
}
