import { madd } from './madd';

/** Floats of one task. */
const CHUNK: i32 = 16384;

@unmanaged
class TanhFwdJob {
  x: usize;
  y: usize;
  floats: i32;
}

/**
 * y = tanh x = |t|/(2 + t) with t = e^(−2|x|) − 1, and the sign of x.
 *
 * e^z − 1 = 2ⁿ·p + (2ⁿ − 1) with z = n·ln 2 + r, |r| ≤ ½·ln 2, and p = e^r − 1 by its series, so that no digits are
 * lost near 0.
 */
export function tanh_fwd(job: TanhFwdJob, task: i32, scratch: usize): void {
  const size = job.floats;
  const offset = (<usize>task * CHUNK) << 2;
  const floats = min(CHUNK, size - task * CHUNK);
  let x = job.x + offset;
  const toY = job.y + offset - x;
  const end = x + (<usize>floats << 2);
  const vectorsEnd = x + (<usize>(floats & ~3) << 2);
  for (; x < vectorsEnd; x += 16) v128.store(x + toY, tanhOf(v128.load(x)));
  for (; x < end; x += 4) {
    store<f32>(x + toY, f32x4.extract_lane(tanhOf(f32x4.splat(load<f32>(x))), 0));
  }
}

// @ts-ignore: decorator
@inline
function tanhOf(x: v128): v128 {
  const sign = v128.and(x, i32x4.splat(0x80000000));
  // Beyond 10, tanh is 1 in float32.
  const z = f32x4.mul(f32x4.min(f32x4.abs(x), f32x4.splat(10)), f32x4.splat(-2));
  const n = f32x4.nearest(f32x4.mul(z, f32x4.splat(1.4426950408889634)));
  // ln 2 in two parts, the first short enough that n times it is exact.
  const high = madd(n, f32x4.splat(-0.693359375), z);
  const r = madd(n, f32x4.splat(2.1219444005469057e-4), high);
  let p = madd(r, f32x4.splat(1 / 5040), f32x4.splat(1 / 720));
  p = madd(p, r, f32x4.splat(1 / 120));
  p = madd(p, r, f32x4.splat(1 / 24));
  p = madd(p, r, f32x4.splat(1 / 6));
  p = madd(p, r, f32x4.splat(0.5));
  p = madd(f32x4.mul(r, r), p, r);
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  const t = madd(power, p, f32x4.sub(power, f32x4.splat(1)));
  const y = f32x4.div(f32x4.abs(t), f32x4.add(f32x4.splat(2), t));
  return v128.or(y, sign);
}

@unmanaged
class PreluBwdInputJob {
  dy: usize;
  x: usize;
  /** α, which repeats with a period of `period` floats. */
  alpha: usize;
  dx: usize;
  floats: i32;
  period: i32;
  /** Floats per task: whole periods, or whole rows of 16 if the period is 1. */
  chunk: i32;
}

/** The gradient of PReLU with respect to x: dx = dy where x > 0, else α·dy. */
export function prelu_bwd_input(job: PreluBwdInputJob, task: i32, scratch: usize): void {
  const first = task * job.chunk;
  const floats = min(job.chunk, job.floats - first);
  const offset = <usize>first << 2;
  const dy = job.dy + offset;
  const x = job.x + offset;
  const dx = job.dx + offset;
  let alpha = job.alpha;
  let row = job.period;
  if (row == 1) {
    row = 16;
    for (let i: usize = 0; i < 64; i += 4) store<f32>(scratch + i, load<f32>(alpha));
    alpha = scratch;
  }
  for (let done = 0; done < floats; done += row) {
    const at = <usize>done << 2;
    inputGradient(dy + at, x + at, alpha, dx + at, min(row, floats - done));
  }
}

@unmanaged
class PreluBwdSlopeJob {
  dy: usize;
  x: usize;
  terms: usize;
  floats: i32;
}

/** The terms of the gradient of PReLU with respect to α: x·dy where x ≤ 0, else 0. */
export function prelu_bwd_slope(job: PreluBwdSlopeJob, task: i32, scratch: usize): void {
  const offset = (<usize>task * CHUNK) << 2;
  slopeTerms(job.dy + offset, job.x + offset, job.terms + offset, min(CHUNK, job.floats - task * CHUNK));
}

function inputGradient(dy: usize, x: usize, alpha: usize, dx: usize, floats: i32): void {
  const length = <usize>floats << 2;
  let at: usize = 0;
  for (; at + 16 <= length; at += 16) {
    const slope = v128.load(dy + at);
    const isOn = f32x4.gt(v128.load(x + at), f32x4.splat(0));
    v128.store(dx + at, v128.bitselect(slope, f32x4.mul(slope, v128.load(alpha + at)), isOn));
  }
  for (; at < length; at += 4) {
    const slope = load<f32>(dy + at);
    store<f32>(dx + at, load<f32>(x + at) > 0 ? slope : slope * load<f32>(alpha + at));
  }
}

function slopeTerms(dy: usize, x: usize, target: usize, floats: i32): void {
  const length = <usize>floats << 2;
  const zero = f32x4.splat(0);
  let at: usize = 0;
  for (; at + 16 <= length; at += 16) {
    const value = v128.load(x + at);
    const product = f32x4.mul(v128.load(dy + at), value);
    v128.store(target + at, v128.andnot(product, f32x4.gt(value, zero)));
  }
  for (; at < length; at += 4) {
    const value = load<f32>(x + at);
    store<f32>(target + at, value > 0 ? 0 : load<f32>(dy + at) * value);
  }
}
