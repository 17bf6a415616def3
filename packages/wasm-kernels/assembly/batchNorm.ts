import { madd } from './madd';
import { addPair, addPairs, BLOCK, overChunks } from './sums';
import { FLOAT, VECTOR } from './job';

/**
 * Batch norm with scale and offset, followed by a ReLU, over x seen as [M, C] (rows, channels): one forward pass in
 * addition to the pass for the moments (sums.ts), and two backward passes.
 *
 * ŷ = ((x − near) − rest)·inverse is not stored: the gradient recomputes it from x with the same roundings, and so
 * finds the same places where γ·ŷ + β was clamped as the forward pass. `floor` is 0 with ReLU and NaN without: every
 * comparison with NaN is false, so nothing is clamped.
 *
 * Per-channel values are stored in groups of four channels, the vectors of a group one after the other, so that one
 * address reaches all of them. A group of `table` holds near, rest, inverse, γ, β, σ²; a group of `terms` holds the
 * shift of δ, rest, slope, factor.
 */
const TABLE_GROUP: usize = 6 * VECTOR;
const TERMS_GROUP: usize = 4 * VECTOR;

@unmanaged
class BatchNormFwdFinishJob {
  /** The results of moments_finish, [C] each. */
  shifts: usize;
  rests: usize;
  inverses: usize;
  means: usize;
  variances: usize;
  /** Addresses of γ and β, or 0 if absent. */
  scale: usize;
  offset: usize;
  table: usize;
  runningMean: usize;
  runningVariance: usize;
  movedMean: usize;
  movedVariance: usize;
  channels: i32;
  decay: f32;
  /** 1 − decay. */
  share: f32;
}

/** Writes the table from the moments, and the updated running statistics: decay·running + share·batch. */
export function batch_norm_fwd_finish(job: BatchNormFwdFinishJob, task: i32, scratch: usize): void {
  const decay = job.decay;
  const share = job.share;
  const gain = job.scale;
  const bias = job.offset;
  const end = <usize>job.channels << 2;
  for (let at: usize = 0; at < end; at += FLOAT) {
    const table = laneOf(job.table, TABLE_GROUP, at);
    const variance = load<f32>(job.variances + at);
    store<f32>(table, load<f32>(job.shifts + at));
    store<f32>(table, load<f32>(job.rests + at), VECTOR);
    store<f32>(table, load<f32>(job.inverses + at), 2 * VECTOR);
    store<f32>(table, gain == 0 ? 1 : load<f32>(gain + at), 3 * VECTOR);
    store<f32>(table, bias == 0 ? 0 : load<f32>(bias + at), 4 * VECTOR);
    store<f32>(table, variance, 5 * VECTOR);
    const keptMean: f32 = load<f32>(job.runningMean + at) * decay;
    const keptVariance: f32 = load<f32>(job.runningVariance + at) * decay;
    store<f32>(job.movedMean + at, keptMean + load<f32>(job.means + at) * share);
    store<f32>(job.movedVariance + at, keptVariance + variance * share);
  }
}

@unmanaged
class BatchNormFwdApplyJob {
  x: usize;
  y: usize;
  table: usize;
  floor: f32;
  rows: i32;
  channels: i32;
  /** Rows in a task. */
  chunkRows: i32;
}

/** y = max(γ·ŷ + β, floor). */
export function batch_norm_fwd_apply(job: BatchNormFwdApplyJob, task: i32, scratch: usize): void {
  const floor = job.floor;
  const floors = f32x4.splat(floor);
  const rowBytes = <usize>job.channels << 2;
  const toY = job.y - job.x;
  let x = job.x + firstByte(job.rows, job.channels, job.chunkRows, task);
  const end = job.x + firstByte(job.rows, job.channels, job.chunkRows, task + 1);
  while (x < end) {
    const rowEnd = x + rowBytes;
    let table = job.table;
    for (; x + VECTOR <= rowEnd; x += VECTOR) {
      const scaled = f32x4.mul(standardizedVector(x, table), v128.load(table, 3 * VECTOR));
      v128.store(x + toY, f32x4.pmax(f32x4.add(scaled, v128.load(table, 4 * VECTOR)), floors));
      table += TABLE_GROUP;
    }
    for (; x < rowEnd; x += FLOAT) {
      const y = affine(standardized(x, table), table);
      store<f32>(x + toY, y < floor ? floor : y);
      table += FLOAT;
    }
  }
}

@unmanaged
class BatchNormBwdJob {
  x: usize;
  dy: usize;
  table: usize;
  floor: f32;
  rows: i32;
  channels: i32;
  /** Rows in a task. */
  chunkRows: i32;
  terms: usize;
}

/**
 * A value near the mean of each channel of δ, which is 0 where γ·ŷ + β ≤ floor and dy elsewhere: the mean of up to 16
 * evenly spaced rows.
 */
export function batch_norm_bwd_sample(job: BatchNormBwdJob, task: i32, scratch: usize): void {
  const floor = job.floor;
  const rows = job.rows;
  const rowBytes = <usize>job.channels << 2;
  const toDy = job.dy - job.x;
  const samples = min(16, rows);
  for (let at: usize = 0; at < rowBytes; at += FLOAT) {
    const table = laneOf(job.table, TABLE_GROUP, at);
    let sum: f64 = 0;
    for (let i = 0; i < samples; i++) {
      const row = <usize>((<i64>i * <i64>rows) / <i64>samples);
      const x = job.x + row * rowBytes + at;
      sum += passed(standardized(x, table), x + toDy, table, floor);
    }
    store<f32>(laneOf(job.terms, TERMS_GROUP, at), <f32>(sum / samples));
  }
}

@unmanaged
class BatchNormBwdSumsJob extends BatchNormBwdJob {
  /** Two float64 for each [task, channel]. */
  sums: usize;
}

/** Σ(δ − shift) and Σ(δ − shift)·ŷ of each channel. */
export function batch_norm_bwd_sums(job: BatchNormBwdSumsJob, task: i32, scratch: usize): void {
  const rowBytes = <usize>job.channels << 2;
  const pairs = job.sums + <usize>task * (rowBytes << 2);
  const end = job.x + firstByte(job.rows, job.channels, job.chunkRows, task + 1);
  memory.fill(pairs, 0, rowBytes << 2);
  const blockBytes = <usize>BLOCK * rowBytes;
  for (let block = job.x + firstByte(job.rows, job.channels, job.chunkRows, task); block < end; block += blockBytes) {
    addBlock(job, block, min(block + blockBytes, end), pairs);
  }
}

/** Adds a block of rows to the pairs of its columns. */
function addBlock(job: BatchNormBwdSumsJob, block: usize, blockEnd: usize, pairs: usize): void {
  const toDy = job.dy - job.x;
  const floor = job.floor;
  const rowBytes = <usize>job.channels << 2;
  let table = job.table;
  let terms = job.terms;
  let x = block;
  const end = block + rowBytes;
  for (; x + VECTOR <= end; x += VECTOR) {
    const near = v128.load(table);
    const rest = v128.load(table, VECTOR);
    const inverse = v128.load(table, 2 * VECTOR);
    const gain = v128.load(table, 3 * VECTOR);
    const bias = v128.load(table, 4 * VECTOR);
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
    table += TABLE_GROUP;
    terms += TERMS_GROUP;
  }
  for (; x < end; x += FLOAT) {
    let s: f32 = 0;
    let q: f32 = 0;
    for (let from = x; from < blockEnd; from += rowBytes) {
      const y = standardized(from, table);
      const delta: f32 = passed(y, from + toDy, table, floor) - load<f32>(terms);
      s += delta;
      q += delta * y;
    }
    addPair(pairs, s, q);
    pairs += 16;
    table += FLOAT;
    terms += FLOAT;
  }
}

@unmanaged
class BatchNormBwdFinishJob {
  sums: usize;
  table: usize;
  terms: usize;
  dScale: usize;
  dOffset: usize;
  rows: i32;
  channels: i32;
  /** The number of tasks that summed. */
  chunks: i32;
  epsilon: f32;
}

/**
 * The terms of dx = (((δ − shift) − rest) − ŷ·slope)·factor from the sums, with factor = γ/√(σ² + ε); and dγ = Σδŷ,
 * dβ = Σδ. The sum with ŷ may use δ − shift because Σŷ = 0.
 */
export function batch_norm_bwd_finish(job: BatchNormBwdFinishJob, task: i32, scratch: usize): void {
  const length = <f64>job.rows;
  const rowBytes = <usize>job.channels << 2;
  const chunks = job.chunks;
  const epsilon = <f64>job.epsilon;
  for (let at: usize = 0; at < rowBytes; at += FLOAT) {
    const table = laneOf(job.table, TABLE_GROUP, at);
    const terms = laneOf(job.terms, TERMS_GROUP, at);
    const pair = overChunks(job.sums + (at << 2), chunks, rowBytes << 2);
    const first = f64x2.extract_lane(pair, 0);
    const second = f64x2.extract_lane(pair, 1);
    const factor = <f64>load<f32>(table, 3 * VECTOR) / Math.sqrt(<f64>load<f32>(table, 5 * VECTOR) + epsilon);
    store<f32>(terms, <f32>(first / length), VECTOR);
    store<f32>(terms, <f32>(second / length), 2 * VECTOR);
    store<f32>(terms, <f32>factor, 3 * VECTOR);
    store<f32>(job.dScale + at, <f32>second);
    store<f32>(job.dOffset + at, <f32>(length * <f64>load<f32>(terms) + first));
  }
}

@unmanaged
class BatchNormBwdApplyJob extends BatchNormBwdJob {
  dx: usize;
}

/** dx, from the terms. */
export function batch_norm_bwd_apply(job: BatchNormBwdApplyJob, task: i32, scratch: usize): void {
  const floor = job.floor;
  const floors = f32x4.splat(floor);
  const rowBytes = <usize>job.channels << 2;
  const toDy = job.dy - job.x;
  const toDx = job.dx - job.x;
  let row = job.x + firstByte(job.rows, job.channels, job.chunkRows, task);
  const end = job.x + firstByte(job.rows, job.channels, job.chunkRows, task + 1);
  while (row < end) {
    // Two rows per load of the statistics; a single last row is computed twice.
    const apart = row + rowBytes < end ? rowBytes : 0;
    const rowEnd = row + rowBytes;
    let table = job.table;
    let terms = job.terms;
    let x = row;
    for (; x + VECTOR <= rowEnd; x += VECTOR) {
      const near = v128.load(table);
      const rest = v128.load(table, VECTOR);
      const inverse = v128.load(table, 2 * VECTOR);
      const next = x + apart;
      const y0 = f32x4.mul(f32x4.sub(f32x4.sub(v128.load(x), near), rest), inverse);
      const y1 = f32x4.mul(f32x4.sub(f32x4.sub(v128.load(next), near), rest), inverse);
      const gain = v128.load(table, 3 * VECTOR);
      const bias = v128.load(table, 4 * VECTOR);
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
      table += TABLE_GROUP;
      terms += TERMS_GROUP;
    }
    for (; x < rowEnd; x += FLOAT) {
      gradientOf(x, toDy, toDx, table, terms, floor);
      gradientOf(x + apart, toDy, toDx, table, terms, floor);
      table += FLOAT;
      terms += FLOAT;
    }
    row += rowBytes + apart;
  }
}

/** dx of one value. */
// @ts-ignore: decorator
@inline
function gradientOf(x: usize, toDy: usize, toDx: usize, table: usize, terms: usize, floor: f32): void {
  const y = standardized(x, table);
  const centred: f32 = passed(y, x + toDy, table, floor) - load<f32>(terms) - load<f32>(terms, VECTOR);
  const bracket: f32 = centred - y * load<f32>(terms, 2 * VECTOR);
  store<f32>(x + toDx, bracket * load<f32>(terms, 3 * VECTOR));
}

/** The address of the first value of the channel with offset `at` in [C], in groups of four. */
// @ts-ignore: decorator
@inline
function laneOf(groups: usize, group: usize, at: usize): usize {
  return groups + (at >> 4) * group + (at & 15);
}

/** The first row of a task; for the task after the last one, the end of the rows. */
// @ts-ignore: decorator
@inline
function firstByte(rows: i32, channels: i32, chunkRows: i32, task: i32): usize {
  return <usize>min(task * chunkRows, rows) * (<usize>channels << 2);
}

/** ŷ of four values. */
// @ts-ignore: decorator
@inline
function standardizedVector(x: usize, table: usize): v128 {
  const centred = f32x4.sub(f32x4.sub(v128.load(x), v128.load(table)), v128.load(table, VECTOR));
  return f32x4.mul(centred, v128.load(table, 2 * VECTOR));
}

/** ŷ of one value. */
// @ts-ignore: decorator
@inline
function standardized(x: usize, table: usize): f32 {
  const centred: f32 = load<f32>(x) - load<f32>(table) - load<f32>(table, VECTOR);
  return centred * load<f32>(table, 2 * VECTOR);
}

/** γ·ŷ + β of one value. */
// @ts-ignore: decorator
@inline
function affine(y: f32, table: usize): f32 {
  const scaled: f32 = y * load<f32>(table, 3 * VECTOR);
  return scaled + load<f32>(table, 4 * VECTOR);
}

/** δ of one value: dy where γ·ŷ + β is above the floor, else 0. */
// @ts-ignore: decorator
@inline
function passed(y: f32, dy: usize, table: usize, floor: f32): f32 {
  return affine(y, table) <= floor ? 0 : load<f32>(dy);
}
