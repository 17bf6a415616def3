import { madd } from './madd';
import { bytes, count, real } from './words';

/**
 * Reductions of a tensor seen as [B, M, C, L] over M and L: batch norm has B = L = 1, layer norm M = C = 1,
 * instance norm L = 1, group norm all four.
 *
 * Two sums are made at once, of x − shift and of (x − shift)² or (x − shift)·y. Up to 32 terms are added in
 * float32, then float64 takes over: the error of a sum does not grow with its length. A task is a range of
 * M of one b, or several b; how the work is cut depends on the shape only, so neither do the sums.
 */

/** Rows added up in float32 before float64 takes over. */
export const BLOCK: i32 = 32;

/**
 * Words: 0 x, 1 y or 0 for squares, 2 shifts or 0, 3 sums (two float64 for each [chunk, b, c]), 4 B, 5 M,
 * 6 C, 7 L, 8 rows of M in a chunk, 9 chunks, 10 b in a task.
 */
export function sumPairs(words: usize, task: i32, scratch: usize): void {
  const x = bytes(words, 0);
  const y = bytes(words, 1);
  const shifts = bytes(words, 2);
  const sums = bytes(words, 3);
  const batch = count(words, 4);
  const rows = count(words, 5);
  const channels = count(words, 6);
  const inner = count(words, 7);
  const chunkRows = count(words, 8);
  const chunks = count(words, 9);
  const batchStep = count(words, 10);

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

/** Adds a block [block, C, L] to the pairs of its C lines; each line goes over to float64 by itself. */
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

/** Four channels' pairs of float64 take up four float32 of each sum. */
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

// @ts-ignore: decorator
@inline
function lanesSum(v: v128): f64 {
  return (
    <f64>f32x4.extract_lane(v, 0) +
    <f64>f32x4.extract_lane(v, 1) +
    (<f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3))
  );
}

/**
 * A value near the middle of each reduction: the mean of up to 16 of its entries, evenly apart.
 *
 * Words: 0 x, 1 shifts, 2 B, 3 M, 4 C, 5 L. A task is one b.
 */
export function sampleShifts(words: usize, task: i32, scratch: usize): void {
  const rows = count(words, 3);
  const channels = count(words, 4);
  const inner = count(words, 5);
  const length = rows * inner;
  const samples = min(16, length);
  const base = bytes(words, 0) + ((<usize>task * <usize>(rows * channels * inner)) << 2);
  const shifts = bytes(words, 1) + (<usize>(task * channels) << 2);
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

/**
 * Mean and variance from the sums of x − shift, and what standardizing takes: x ↦ ((x − shift) − rest)·inverse.
 *
 * Words: 0 sums, 1 shifts, 2 rests, 3 inverses, 4 means, 5 variances, 6 B·C, 7 chunks, 8 M·L, 9 ε, 10 where to
 * count the shifts that are so far off (2 standard deviations) that the squares lost digits: they are
 * replaced by the mean just found, for another round.
 */
export function finishMoments(words: usize, task: i32, scratch: usize): void {
  const sums = bytes(words, 0);
  const stats = count(words, 6);
  const chunks = count(words, 7);
  const length = <f64>count(words, 8);
  const epsilon = <f64>real(words, 9);
  let poor = 0;
  for (let stat = 0; stat < stats; stat++) {
    const at = <usize>stat << 2;
    let first: f64 = 0;
    let second: f64 = 0;
    for (let chunk = 0; chunk < chunks; chunk++) {
      const pair = sums + (<usize>(chunk * stats + stat) << 4);
      first += load<f64>(pair);
      second += load<f64>(pair, 8);
    }
    const rest = first / length;
    const variance = max<f64>(second / length - rest * rest, 0);
    const shift = bytes(words, 1) + at;
    const mean = <f64>load<f32>(shift) + rest;
    if (rest * rest > 4 * variance && <f32>mean != load<f32>(shift)) {
      store<f32>(shift, <f32>mean);
      poor++;
    }
    store<f32>(bytes(words, 2) + at, <f32>rest);
    store<f32>(bytes(words, 3) + at, <f32>(1 / Math.sqrt(variance + epsilon)));
    store<f32>(bytes(words, 4) + at, <f32>mean);
    store<f32>(bytes(words, 5) + at, <f32>variance);
  }
  store<i32>(bytes(words, 10), poor);
}

/**
 * What the gradient of standardizing takes, from the sums of dy − shift and (dy − shift)·y:
 * dy ↦ (((dy − shift) − rest) − y·slope)·inverse. That Σy = 0 is what lets the shift into the second sum.
 *
 * Words: 0 sums, 1 rests, 2 slopes, 3 inverses, 4 variances, 5 B·C, 6 chunks, 7 M·L, 8 ε, 9 shifts,
 * 10 means of dy.
 */
export function finishGradient(words: usize, task: i32, scratch: usize): void {
  const sums = bytes(words, 0);
  const stats = count(words, 5);
  const chunks = count(words, 6);
  const length = <f64>count(words, 7);
  const epsilon = <f64>real(words, 8);
  for (let stat = 0; stat < stats; stat++) {
    const at = <usize>stat << 2;
    let first: f64 = 0;
    let second: f64 = 0;
    for (let chunk = 0; chunk < chunks; chunk++) {
      const pair = sums + (<usize>(chunk * stats + stat) << 4);
      first += load<f64>(pair);
      second += load<f64>(pair, 8);
    }
    const variance = <f64>load<f32>(bytes(words, 4) + at);
    const rest = first / length;
    store<f32>(bytes(words, 1) + at, <f32>rest);
    store<f32>(bytes(words, 10) + at, <f32>(<f64>load<f32>(bytes(words, 9) + at) + rest));
    store<f32>(bytes(words, 2) + at, <f32>(second / length));
    store<f32>(bytes(words, 3) + at, <f32>(1 / Math.sqrt(variance + epsilon)));
  }
}

/** One sum from the pairs: words 0 sums, 1 target, 2 B·C, 3 chunks, 4 factor. */
export function finishSums(words: usize, task: i32, scratch: usize): void {
  const sums = bytes(words, 0);
  const target = bytes(words, 1);
  const stats = count(words, 2);
  const chunks = count(words, 3);
  const divisor = <f64>count(words, 4);
  for (let stat = 0; stat < stats; stat++) {
    let sum: f64 = 0;
    for (let chunk = 0; chunk < chunks; chunk++) {
      sum += load<f64>(sums + (<usize>(chunk * stats + stat) << 4));
    }
    store<f32>(target + (<usize>stat << 2), <f32>(sum / divisor));
  }
}

/** The sum of each tensor of a list, in float64. Words: 0 sums, then for each task 1 tensor, 2 its floats. */
export function sumTensors(words: usize, task: i32, scratch: usize): void {
  const entry = words + ((<usize>task * 2 + 1) << 2);
  let x = bytes(entry, 0);
  const floats = count(entry, 1);
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
  store<f64>(bytes(words, 0) + (<usize>task << 3), sum);
}
