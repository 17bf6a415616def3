import { List } from './job';
import { madd } from './madd';

/** Floats of one task of an elementwise kernel. */
const CHUNK: i32 = 16384;

@unmanaged
class ReluBwdJob {
  dy: usize;
  y: usize;
  dx: usize;
  floats: i32;
}

/** dx = dy, but 0 where y ≤ 0 (so that NaN is not silenced). */
export function relu_bwd(job: ReluBwdJob, task: i32, scratch: usize): void {
  const size = job.floats;
  const offset = (<usize>task * CHUNK) << 2;
  const floats = min(CHUNK, size - task * CHUNK);
  let dy = job.dy + offset;
  const toY = job.y + offset - dy;
  const toDx = job.dx + offset - dy;
  const end = dy + (<usize>floats << 2);
  const vectorsEnd = dy + (<usize>(floats & ~3) << 2);
  const zero = f32x4.splat(0);
  for (; dy < vectorsEnd; dy += 16) {
    const isOff = f32x4.le(v128.load(dy + toY), zero);
    v128.store(dy + toDx, v128.andnot(v128.load(dy), isOff));
  }
  for (; dy < end; dy += 4) {
    store<f32>(dy + toDx, load<f32>(dy + toY) <= 0 ? 0 : load<f32>(dy));
  }
}

/** A part of a variable, or all of it. */
@unmanaged
class SgdMomentumPiece {
  param: usize;
  grad: usize;
  velocity: usize;
  newParam: usize;
  newVelocity: usize;
  floats: i32;
  weightDecay: f32;
}

@unmanaged
class SgdMomentumJob {
  learningRate: f32;
  momentum: f32;
  nesterov: bool;
  pieces: List<SgdMomentumPiece>;
}

/**
 * One step of SGD with momentum and L2: d = g + λw; v' = μv + d; w' = w − η·v', or w − η(d + μv') for Nesterov. A task is
 * a piece.
 */
export function sgd_momentum(job: SgdMomentumJob, task: i32, scratch: usize): void {
  const piece = job.pieces.at(task);
  const rate = job.learningRate;
  const momentum = job.momentum;
  const decay = piece.weightDecay;
  const isNesterov = job.nesterov;
  const floats = piece.floats;
  let w = piece.param;
  const toGradient = piece.grad - w;
  const toVelocity = piece.velocity - w;
  const toNewParam = piece.newParam - w;
  const toNewVelocity = piece.newVelocity - w;
  const end = w + (<usize>floats << 2);
  const vectorsEnd = w + (<usize>(floats & ~3) << 2);
  for (; w < vectorsEnd; w += 16) {
    const param = v128.load(w);
    const descent = madd(f32x4.splat(decay), param, v128.load(w + toGradient));
    const velocity = madd(f32x4.splat(momentum), v128.load(w + toVelocity), descent);
    const step = isNesterov ? madd(f32x4.splat(momentum), velocity, descent) : velocity;
    v128.store(w + toNewParam, madd(f32x4.splat(-rate), step, param));
    v128.store(w + toNewVelocity, velocity);
  }
  for (; w < end; w += 4) {
    const param = load<f32>(w);
    const descent = load<f32>(w + toGradient) + decay * param;
    const velocity = momentum * load<f32>(w + toVelocity) + descent;
    const step = isNesterov ? descent + momentum * velocity : velocity;
    store<f32>(w + toNewParam, param - rate * step);
    store<f32>(w + toNewVelocity, velocity);
  }
}

/** A part of a variable, or all of it. */
@unmanaged
class AdamWPiece {
  param: usize;
  grad: usize;
  firstMoment: usize;
  secondMoment: usize;
  newParam: usize;
  newFirstMoment: usize;
  newSecondMoment: usize;
  floats: i32;
  kept: f32;
}

@unmanaged
class AdamWJob {
  beta1: f32;
  /** 1 − β₁ and 1 − β₂, rounded once. */
  share1: f32;
  beta2: f32;
  share2: f32;
  epsilon: f32;
  stepSize: f32;
  rootCorrection: f32;
  pieces: List<AdamWPiece>;
}

/**
 * One step of AdamW: m' = β₁m + (1 − β₁)g; v' = β₂v + (1 − β₂)g²; w' = kept·w − stepSize·m'/(√v'/rootCorrection + ε). A
 * task is a piece.
 */
export function adamw(job: AdamWJob, task: i32, scratch: usize): void {
  const beta1 = job.beta1;
  const share1 = job.share1;
  const beta2 = job.beta2;
  const share2 = job.share2;
  const epsilon = job.epsilon;
  const stepSize = job.stepSize;
  const rootCorrection = job.rootCorrection;
  const piece = job.pieces.at(task);
  const kept = piece.kept;
  const floats = piece.floats;
  let w = piece.param;
  const toGradient = piece.grad - w;
  const toFirst = piece.firstMoment - w;
  const toSecond = piece.secondMoment - w;
  const toNewParam = piece.newParam - w;
  const toNewFirst = piece.newFirstMoment - w;
  const toNewSecond = piece.newSecondMoment - w;
  const end = w + (<usize>floats << 2);
  const vectorsEnd = w + (<usize>(floats & ~3) << 2);
  for (; w < vectorsEnd; w += 16) {
    const g = v128.load(w + toGradient);
    const first = madd(f32x4.splat(beta1), v128.load(w + toFirst), f32x4.mul(f32x4.splat(share1), g));
    const squares = f32x4.mul(f32x4.splat(share2), f32x4.mul(g, g));
    const second = madd(f32x4.splat(beta2), v128.load(w + toSecond), squares);
    const root = f32x4.div(f32x4.sqrt(second), f32x4.splat(rootCorrection));
    const direction = f32x4.div(first, f32x4.add(root, f32x4.splat(epsilon)));
    const left = f32x4.mul(f32x4.splat(kept), v128.load(w));
    v128.store(w + toNewParam, madd(f32x4.splat(-stepSize), direction, left));
    v128.store(w + toNewFirst, first);
    v128.store(w + toNewSecond, second);
  }
  for (; w < end; w += 4) {
    const g = load<f32>(w + toGradient);
    const first: f32 = beta1 * load<f32>(w + toFirst) + share1 * g;
    const second: f32 = beta2 * load<f32>(w + toSecond) + share2 * (g * g);
    const scale: f32 = sqrt<f32>(second) / rootCorrection + epsilon;
    store<f32>(w + toNewParam, kept * load<f32>(w) - stepSize * (first / scale));
    store<f32>(w + toNewFirst, first);
    store<f32>(w + toNewSecond, second);
  }
}

@unmanaged
class ReluFwdJob {
  x: usize;
  y: usize;
  floats: i32;
}

/** y = max(x, 0); NaN stays. */
export function relu_fwd(job: ReluFwdJob, task: i32, scratch: usize): void {
  const size = job.floats;
  const offset = (<usize>task * CHUNK) << 2;
  const floats = min(CHUNK, size - task * CHUNK);
  let x = job.x + offset;
  const toY = job.y + offset - x;
  const end = x + (<usize>floats << 2);
  const vectorsEnd = x + (<usize>(floats & ~3) << 2);
  const zero = f32x4.splat(0);
  for (; x < vectorsEnd; x += 16) v128.store(x + toY, f32x4.max(v128.load(x), zero));
  for (; x < end; x += 4) store<f32>(x + toY, max<f32>(load<f32>(x), 0));
}

export const enum BinaryOperation {
  add,
  subtract,
  multiply,
  divide,
}

@unmanaged
class BinaryJob {
  a: usize;
  b: usize;
  y: usize;
  /** Floats of a and y. */
  floats: i32;
  /** The period of b, in floats. */
  period: i32;
  /** Floats per task: whole periods of b. */
  chunk: i32;
  operation: BinaryOperation;
  /** Floats from one task's b to the next one's. */
  bStep: i32;
}

/** y = a ∘ b, where b is as long as a, or repeats: a single float, or one row of channels. */
export function binary(job: BinaryJob, task: i32, scratch: usize): void {
  const size = job.floats;
  const period = job.period;
  const chunk = job.chunk;
  const first = task * chunk;
  const floats = min(chunk, size - first);
  const a = job.a + (<usize>first << 2);
  const y = job.y + (<usize>first << 2);
  const b = job.b + (<usize>(task * job.bStep) << 2);
  const operation = job.operation;
  if (period == size) {
    combineRows(operation, a, b + (<usize>first << 2), y, floats);
    return;
  }
  let repeated = b;
  let row = period;
  if (period == 1) {
    // A single float repeats: it is copied into a row of 16, in the thread's own memory.
    row = 16;
    repeated = scratch;
    for (let i: usize = 0; i < 64; i += 4) store<f32>(scratch + i, load<f32>(b));
  }
  for (let done = 0; done < floats; done += row) {
    const at = <usize>done << 2;
    combineRows(operation, a + at, repeated, y + at, min(row, floats - done));
  }
}

function combineRows(operation: BinaryOperation, a: usize, b: usize, y: usize, floats: i32): void {
  if (operation == BinaryOperation.add) addRow(a, b, y, floats);
  else if (operation == BinaryOperation.subtract) subtractRow(a, b, y, floats);
  else if (operation == BinaryOperation.multiply) multiplyRow(a, b, y, floats);
  else divideRow(a, b, y, floats);
}

function addRow(a: usize, b: usize, y: usize, floats: i32): void {
  const end = a + (<usize>floats << 2);
  const vectorsEnd = a + (<usize>(floats & ~3) << 2);
  const toB = b - a;
  const toY = y - a;
  for (; a < vectorsEnd; a += 16) v128.store(a + toY, f32x4.add(v128.load(a), v128.load(a + toB)));
  for (; a < end; a += 4) store<f32>(a + toY, load<f32>(a) + load<f32>(a + toB));
}

function subtractRow(a: usize, b: usize, y: usize, floats: i32): void {
  const end = a + (<usize>floats << 2);
  const vectorsEnd = a + (<usize>(floats & ~3) << 2);
  const toB = b - a;
  const toY = y - a;
  for (; a < vectorsEnd; a += 16) v128.store(a + toY, f32x4.sub(v128.load(a), v128.load(a + toB)));
  for (; a < end; a += 4) store<f32>(a + toY, load<f32>(a) - load<f32>(a + toB));
}

function multiplyRow(a: usize, b: usize, y: usize, floats: i32): void {
  const end = a + (<usize>floats << 2);
  const vectorsEnd = a + (<usize>(floats & ~3) << 2);
  const toB = b - a;
  const toY = y - a;
  for (; a < vectorsEnd; a += 16) v128.store(a + toY, f32x4.mul(v128.load(a), v128.load(a + toB)));
  for (; a < end; a += 4) store<f32>(a + toY, load<f32>(a) * load<f32>(a + toB));
}

function divideRow(a: usize, b: usize, y: usize, floats: i32): void {
  const end = a + (<usize>floats << 2);
  const vectorsEnd = a + (<usize>(floats & ~3) << 2);
  const toB = b - a;
  const toY = y - a;
  for (; a < vectorsEnd; a += 16) v128.store(a + toY, f32x4.div(v128.load(a), v128.load(a + toB)));
  for (; a < end; a += 4) store<f32>(a + toY, load<f32>(a) / load<f32>(a + toB));
}
