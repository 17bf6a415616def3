import { madd } from './madd';
import { addPair, addPairs, BLOCK } from './sums';
import { bytes, count, FLOAT, real, VECTOR } from './words';

/**
 * Batch norm with its gain, its bias and a ReLU behind it, over x seen as [M, C]: forward one pass beside that of the
 * moments, which sums.ts makes, and two backward.
 *
 * ŷ = ((x − near) − rest)·inverse is not stored: the gradient computes it again from x, by the same roundings, and
 * so finds where γ·ŷ + β was at the floor exactly as the forward pass did. The floor is 0 for ReLU; without, it is
 * NaN, which nothing lies at or below, NaN itself included.
 *
 * What belongs to a channel lies in groups of four channels, vector beside vector, so that one address reaches all.
 * A group of `frame` is near, rest, inverse, γ, β, σ²; one of `terms` is the shift of δ, rest, slope, factor.
 */
const FRAME_GROUP: usize = 6 * VECTOR;
const TERMS_GROUP: usize = 4 * VECTOR;

/**
 * The frame from the moments, and the running statistics moved on: running′ = decay·running + share·batch.
 *
 * Words: 0 nears, 1 rests, 2 inverses, 3 means, 4 variances, 5 γ or 0, 6 β or 0, 7 frame, 8 running mean, 9 running
 * variance, 10 mean′, 11 variance′, 12 C, 13 decay, 14 share = 1 − decay.
 */
export function finishBatchNorm(words: usize, task: i32, scratch: usize): void {
  const decay = real(words, 13);
  const share = real(words, 14);
  const gain = bytes(words, 5);
  const bias = bytes(words, 6);
  const end = bytes(words, 12) << 2;
  for (let at: usize = 0; at < end; at += FLOAT) {
    const frame = laneOf(bytes(words, 7), FRAME_GROUP, at);
    const variance = load<f32>(bytes(words, 4) + at);
    store<f32>(frame, load<f32>(bytes(words, 0) + at));
    store<f32>(frame, load<f32>(bytes(words, 1) + at), VECTOR);
    store<f32>(frame, load<f32>(bytes(words, 2) + at), 2 * VECTOR);
    store<f32>(frame, gain == 0 ? 1 : load<f32>(gain + at), 3 * VECTOR);
    store<f32>(frame, bias == 0 ? 0 : load<f32>(bias + at), 4 * VECTOR);
    store<f32>(frame, variance, 5 * VECTOR);
    const keptMean: f32 = load<f32>(bytes(words, 8) + at) * decay;
    const keptVariance: f32 = load<f32>(bytes(words, 9) + at) * decay;
    store<f32>(bytes(words, 10) + at, keptMean + load<f32>(bytes(words, 3) + at) * share);
    store<f32>(bytes(words, 11) + at, keptVariance + variance * share);
  }
}

/** y = γ·ŷ + β, or the floor where that is higher. Words: 0 x, 1 y, 2 frame, 3 floor, 4 M, 5 C, 6 rows of M in a task. */
export function applyBatchNorm(words: usize, task: i32, scratch: usize): void {
  const floor = real(words, 3);
  const floors = f32x4.splat(floor);
  const rowBytes = bytes(words, 5) << 2;
  const toY = bytes(words, 1) - bytes(words, 0);
  let x = bytes(words, 0) + firstByte(words, task);
  const end = bytes(words, 0) + firstByte(words, task + 1);
  while (x < end) {
    const rowEnd = x + rowBytes;
    let frame = bytes(words, 2);
    for (; x + VECTOR <= rowEnd; x += VECTOR) {
      const scaled = f32x4.mul(standardizedVector(x, frame), v128.load(frame, 3 * VECTOR));
      v128.store(x + toY, f32x4.pmax(f32x4.add(scaled, v128.load(frame, 4 * VECTOR)), floors));
      frame += FRAME_GROUP;
    }
    for (; x < rowEnd; x += FLOAT) {
      const y = affine(standardized(x, frame), frame);
      store<f32>(x + toY, y < floor ? floor : y);
      frame += FLOAT;
    }
  }
}

/**
 * A value near the mean of each channel of δ, which is 0 where γ·ŷ + β ≤ floor and dy elsewhere: the mean of up to 16
 * of its rows, evenly apart. Words: 0 x, 1 dy, 2 frame, 3 floor, 4 M, 5 C, 6 rows of M in a task, 7 terms.
 */
export function sampleBatchNormShifts(words: usize, task: i32, scratch: usize): void {
  const floor = real(words, 3);
  const rows = count(words, 4);
  const rowBytes = bytes(words, 5) << 2;
  const toDy = bytes(words, 1) - bytes(words, 0);
  const samples = min(16, rows);
  for (let at: usize = 0; at < rowBytes; at += FLOAT) {
    const frame = laneOf(bytes(words, 2), FRAME_GROUP, at);
    let sum: f64 = 0;
    for (let i = 0; i < samples; i++) {
      const row = <usize>((<i64>i * <i64>rows) / <i64>samples);
      const x = bytes(words, 0) + row * rowBytes + at;
      sum += passed(standardized(x, frame), x + toDy, frame, floor);
    }
    store<f32>(laneOf(bytes(words, 7), TERMS_GROUP, at), <f32>(sum / samples));
  }
}

/**
 * Σ(δ − shift) and Σ(δ − shift)·ŷ of each channel.
 *
 * Words: 0 to 7 as {@link sampleBatchNormShifts}, 8 sums (two float64 for each [task, c]).
 */
export function sumBatchNormPairs(words: usize, task: i32, scratch: usize): void {
  const rowBytes = bytes(words, 5) << 2;
  const pairs = bytes(words, 8) + <usize>task * (rowBytes << 2);
  const end = bytes(words, 0) + firstByte(words, task + 1);
  memory.fill(pairs, 0, rowBytes << 2);
  const blockBytes = <usize>BLOCK * rowBytes;
  for (let block = bytes(words, 0) + firstByte(words, task); block < end; block += blockBytes) {
    addBlock(words, block, min(block + blockBytes, end), pairs);
  }
}

/** Adds a block of rows to the pairs of its columns. */
function addBlock(words: usize, block: usize, blockEnd: usize, pairs: usize): void {
  const toDy = bytes(words, 1) - bytes(words, 0);
  const floor = real(words, 3);
  const rowBytes = bytes(words, 5) << 2;
  let frame = bytes(words, 2);
  let terms = bytes(words, 7);
  let x = block;
  const end = block + rowBytes;
  for (; x + VECTOR <= end; x += VECTOR) {
    const near = v128.load(frame);
    const rest = v128.load(frame, VECTOR);
    const inverse = v128.load(frame, 2 * VECTOR);
    const gain = v128.load(frame, 3 * VECTOR);
    const bias = v128.load(frame, 4 * VECTOR);
    const shift = v128.load(terms);
    const floors = f32x4.splat(floor);
    let s = f32x4.splat(0);
    let q = f32x4.splat(0);
    for (let from = x; from < blockEnd; from += rowBytes) {
      const y = f32x4.mul(f32x4.sub(f32x4.sub(v128.load(from), near), rest), inverse);
      const isOff = f32x4.le(f32x4.add(f32x4.mul(y, gain), bias), floors);
      const delta = f32x4.sub(v128.andnot(v128.load(from + toDy), isOff), shift);
      s = f32x4.add(s, delta);
      q = madd(delta, y, q);
    }
    addPairs(pairs, s, q);
    pairs += 64;
    frame += FRAME_GROUP;
    terms += TERMS_GROUP;
  }
  for (; x < end; x += FLOAT) {
    let s: f32 = 0;
    let q: f32 = 0;
    for (let from = x; from < blockEnd; from += rowBytes) {
      const y = standardized(from, frame);
      const delta: f32 = passed(y, from + toDy, frame, floor) - load<f32>(terms);
      s += delta;
      q += delta * y;
    }
    addPair(pairs, s, q);
    pairs += 16;
    frame += FLOAT;
    terms += FLOAT;
  }
}

/**
 * What the gradient takes, from the sums: dx = (((δ − shift) − rest) − ŷ·slope)·factor with factor = γ/√(σ² + ε),
 * dγ = Σδŷ, dβ = Σδ. That Σŷ = 0 is what lets the shift into the sum with ŷ.
 *
 * Words: 0 sums, 1 frame, 2 terms, 3 dγ, 4 dβ, 5 M, 6 C, 7 tasks, 8 ε.
 */
export function finishBatchNormGradient(words: usize, task: i32, scratch: usize): void {
  const length = <f64>count(words, 5);
  const rowBytes = bytes(words, 6) << 2;
  const chunks = count(words, 7);
  const epsilon = <f64>real(words, 8);
  for (let at: usize = 0; at < rowBytes; at += FLOAT) {
    const frame = laneOf(bytes(words, 1), FRAME_GROUP, at);
    const terms = laneOf(bytes(words, 2), TERMS_GROUP, at);
    let first: f64 = 0;
    let second: f64 = 0;
    let pair = bytes(words, 0) + (at << 2);
    for (let chunk = 0; chunk < chunks; chunk++) {
      first += load<f64>(pair);
      second += load<f64>(pair, 8);
      pair += rowBytes << 2;
    }
    const factor = <f64>load<f32>(frame, 3 * VECTOR) / Math.sqrt(<f64>load<f32>(frame, 5 * VECTOR) + epsilon);
    store<f32>(terms, <f32>(first / length), VECTOR);
    store<f32>(terms, <f32>(second / length), 2 * VECTOR);
    store<f32>(terms, <f32>factor, 3 * VECTOR);
    store<f32>(bytes(words, 3) + at, <f32>second);
    store<f32>(bytes(words, 4) + at, <f32>(length * <f64>load<f32>(terms) + first));
  }
}

/** dx. Words: 0 to 7 as {@link sampleBatchNormShifts}, 8 dx. */
export function applyBatchNormGradient(words: usize, task: i32, scratch: usize): void {
  const floor = real(words, 3);
  const floors = f32x4.splat(floor);
  const rowBytes = bytes(words, 5) << 2;
  const toDy = bytes(words, 1) - bytes(words, 0);
  const toDx = bytes(words, 8) - bytes(words, 0);
  let row = bytes(words, 0) + firstByte(words, task);
  const end = bytes(words, 0) + firstByte(words, task + 1);
  while (row < end) {
    // Two rows for one reading of the statistics; a last one alone is done twice.
    const apart = row + rowBytes < end ? rowBytes : 0;
    const rowEnd = row + rowBytes;
    let frame = bytes(words, 2);
    let terms = bytes(words, 7);
    let x = row;
    for (; x + VECTOR <= rowEnd; x += VECTOR) {
      const near = v128.load(frame);
      const rest = v128.load(frame, VECTOR);
      const inverse = v128.load(frame, 2 * VECTOR);
      const next = x + apart;
      const y0 = f32x4.mul(f32x4.sub(f32x4.sub(v128.load(x), near), rest), inverse);
      const y1 = f32x4.mul(f32x4.sub(f32x4.sub(v128.load(next), near), rest), inverse);
      const gain = v128.load(frame, 3 * VECTOR);
      const bias = v128.load(frame, 4 * VECTOR);
      const isOff0 = f32x4.le(f32x4.add(f32x4.mul(y0, gain), bias), floors);
      const isOff1 = f32x4.le(f32x4.add(f32x4.mul(y1, gain), bias), floors);
      const shift = v128.load(terms);
      const mean = v128.load(terms, VECTOR);
      const centred0 = f32x4.sub(f32x4.sub(v128.andnot(v128.load(x + toDy), isOff0), shift), mean);
      const centred1 = f32x4.sub(f32x4.sub(v128.andnot(v128.load(next + toDy), isOff1), shift), mean);
      const slope = v128.load(terms, 2 * VECTOR);
      const factor = v128.load(terms, 3 * VECTOR);
      v128.store(x + toDx, f32x4.mul(f32x4.sub(centred0, f32x4.mul(y0, slope)), factor));
      v128.store(next + toDx, f32x4.mul(f32x4.sub(centred1, f32x4.mul(y1, slope)), factor));
      frame += FRAME_GROUP;
      terms += TERMS_GROUP;
    }
    for (; x < rowEnd; x += FLOAT) {
      gradientOf(x, toDy, toDx, frame, terms, floor);
      gradientOf(x + apart, toDy, toDx, frame, terms, floor);
      frame += FLOAT;
      terms += FLOAT;
    }
    row += rowBytes + apart;
  }
}

/** dx of one value. */
// @ts-ignore: decorator
@inline
function gradientOf(x: usize, toDy: usize, toDx: usize, frame: usize, terms: usize, floor: f32): void {
  const y = standardized(x, frame);
  const centred: f32 = passed(y, x + toDy, frame, floor) - load<f32>(terms) - load<f32>(terms, VECTOR);
  const bracket: f32 = centred - y * load<f32>(terms, 2 * VECTOR);
  store<f32>(x + toDx, bracket * load<f32>(terms, 3 * VECTOR));
}

/** The first float of the channel whose place in [C] is `at`, in groups of four. */
// @ts-ignore: decorator
@inline
function laneOf(groups: usize, group: usize, at: usize): usize {
  return groups + (at >> 4) * group + (at & 15);
}

/** Where a task's rows begin; that of the task after the last is where they end. Words 4 to 6: M, C, rows in a task. */
// @ts-ignore: decorator
@inline
function firstByte(words: usize, task: i32): usize {
  return <usize>min(task * count(words, 6), count(words, 4)) * (bytes(words, 5) << 2);
}

/** ŷ of four values. */
// @ts-ignore: decorator
@inline
function standardizedVector(x: usize, frame: usize): v128 {
  const centred = f32x4.sub(f32x4.sub(v128.load(x), v128.load(frame)), v128.load(frame, VECTOR));
  return f32x4.mul(centred, v128.load(frame, 2 * VECTOR));
}

/** ŷ of one value. */
// @ts-ignore: decorator
@inline
function standardized(x: usize, frame: usize): f32 {
  const centred: f32 = load<f32>(x) - load<f32>(frame) - load<f32>(frame, VECTOR);
  return centred * load<f32>(frame, 2 * VECTOR);
}

/** γ·ŷ + β of one value. */
// @ts-ignore: decorator
@inline
function affine(y: f32, frame: usize): f32 {
  const scaled: f32 = y * load<f32>(frame, 3 * VECTOR);
  return scaled + load<f32>(frame, 4 * VECTOR);
}

/** δ of one value: dy where ŷ was let through, 0 at the floor. */
// @ts-ignore: decorator
@inline
function passed(y: f32, dy: usize, frame: usize, floor: f32): f32 {
  return affine(y, frame) <= floor ? 0 : load<f32>(dy);
}
