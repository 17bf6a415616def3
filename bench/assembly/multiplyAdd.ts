/**
 * The maximum rate of multiply-adds of a core: ten independent sums of 4 lanes each, all in registers. Ten sums are
 * more than enough to hide a latency of 4 cycles on two units.
 */
export function multiplyAdd(rounds: i32): f32 {
  const a = f32x4.splat(0.5);
  const b = f32x4.splat(1.0);
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(1);
  let s2 = f32x4.splat(2);
  let s3 = f32x4.splat(3);
  let s4 = f32x4.splat(4);
  let s5 = f32x4.splat(5);
  let s6 = f32x4.splat(6);
  let s7 = f32x4.splat(7);
  let s8 = f32x4.splat(8);
  let s9 = f32x4.splat(9);
  for (let round = 0; round < rounds; round++) {
    s0 = f32x4.relaxed_madd(s0, a, b);
    s1 = f32x4.relaxed_madd(s1, a, b);
    s2 = f32x4.relaxed_madd(s2, a, b);
    s3 = f32x4.relaxed_madd(s3, a, b);
    s4 = f32x4.relaxed_madd(s4, a, b);
    s5 = f32x4.relaxed_madd(s5, a, b);
    s6 = f32x4.relaxed_madd(s6, a, b);
    s7 = f32x4.relaxed_madd(s7, a, b);
    s8 = f32x4.relaxed_madd(s8, a, b);
    s9 = f32x4.relaxed_madd(s9, a, b);
  }
  const low = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
  const high = f32x4.add(f32x4.add(s4, s5), f32x4.add(s6, s7));
  const all = f32x4.add(f32x4.add(low, high), f32x4.add(s8, s9));
  return f32x4.extract_lane(all, 0);
}
