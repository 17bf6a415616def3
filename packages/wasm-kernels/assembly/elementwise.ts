import { madd } from './madd';
import { bytes, count, real } from './words';

/** Floats of one task of an elementwise kernel. */
const CHUNK: i32 = 16384;

/** dx = dy, but 0 where y ≤ 0 (so that NaN is not silenced). Words: 0 dy, 1 y, 2 dx, 3 floats. */
export function reluGradient(words: usize, task: i32, scratch: usize): void {
  const size = count(words, 3);
  const offset = (<usize>task * CHUNK) << 2;
  const floats = min(CHUNK, size - task * CHUNK);
  let dy = bytes(words, 0) + offset;
  const toY = bytes(words, 1) + offset - dy;
  const toDx = bytes(words, 2) + offset - dy;
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

/**
 * One step of SGD with momentum and L2: d = g + λw; v' = μv + d; w' = w − η·v', or w − η(d + μv') for Nesterov.
 *
 * Words: 0 w, 1 g, 2 v, 3 w', 4 v', 5 floats, 6 η, 7 μ, 8 λ, 9 whether Nesterov.
 */
export function sgdMomentum(words: usize, task: i32, scratch: usize): void {
  const size = count(words, 5);
  const rate = real(words, 6);
  const momentum = real(words, 7);
  const decay = real(words, 8);
  const isNesterov = count(words, 9) != 0;
  const offset = (<usize>task * CHUNK) << 2;
  const floats = min(CHUNK, size - task * CHUNK);
  let w = bytes(words, 0) + offset;
  const toGradient = bytes(words, 1) + offset - w;
  const toVelocity = bytes(words, 2) + offset - w;
  const toNewParam = bytes(words, 3) + offset - w;
  const toNewVelocity = bytes(words, 4) + offset - w;
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

/** y = max(x, 0); NaN stays. Words: 0 x, 1 y, 2 floats. */
export function relu(words: usize, task: i32, scratch: usize): void {
  const size = count(words, 2);
  const offset = (<usize>task * CHUNK) << 2;
  const floats = min(CHUNK, size - task * CHUNK);
  let x = bytes(words, 0) + offset;
  const toY = bytes(words, 1) + offset - x;
  const end = x + (<usize>floats << 2);
  const vectorsEnd = x + (<usize>(floats & ~3) << 2);
  const zero = f32x4.splat(0);
  for (; x < vectorsEnd; x += 16) v128.store(x + toY, f32x4.max(v128.load(x), zero));
  for (; x < end; x += 4) store<f32>(x + toY, max<f32>(load<f32>(x), 0));
}

/**
 * y = a ∘ b, where b is as long as a, or repeats: once a float, or once a row of channels.
 *
 * Words: 0 a, 1 b, 2 y, 3 floats of a, 4 floats of b that repeat, 5 floats in a task (whole rows of b), 6 which: 0 +,
 * 1 −, 2 ·, 7 floats from one task's b to the next one's.
 */
export function binary(words: usize, task: i32, scratch: usize): void {
  const size = count(words, 3);
  const period = count(words, 4);
  const chunk = count(words, 5);
  const first = task * chunk;
  const floats = min(chunk, size - first);
  const a = bytes(words, 0) + (<usize>first << 2);
  const y = bytes(words, 2) + (<usize>first << 2);
  const b = bytes(words, 1) + (<usize>(task * count(words, 7)) << 2);
  const which = count(words, 6);
  if (period == size) {
    if (which == 0) addRow(a, b + (<usize>first << 2), y, floats);
    else if (which == 1) subtractRow(a, b + (<usize>first << 2), y, floats);
    else multiplyRow(a, b + (<usize>first << 2), y, floats);
    return;
  }
  let repeated = b;
  let row = period;
  if (period == 1) {
    // One float repeats: made a row of 16, in memory of the thread's own.
    row = 16;
    repeated = scratch;
    for (let i: usize = 0; i < 64; i += 4) store<f32>(scratch + i, load<f32>(b));
  }
  for (let done = 0; done < floats; done += row) {
    const at = <usize>done << 2;
    const length = min(row, floats - done);
    if (which == 0) addRow(a + at, repeated, y + at, length);
    else if (which == 1) subtractRow(a + at, repeated, y + at, length);
    else multiplyRow(a + at, repeated, y + at, length);
  }
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
