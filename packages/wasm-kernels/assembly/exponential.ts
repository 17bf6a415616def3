/**
 * exp and log in float64, computed only from their series. AssemblyScript's own functions read tables from static
 * memory, which these binaries must not have: that memory belongs to tfjs's module.
 */

/** ln 2 in two parts; the first has 32 bits, so that its product with an exponent is exact. */
const LN2_HIGH: f64 = 6.93147180369123816490e-1;
const LN2_LOW: f64 = 1.90821492927058770002e-10;

/**
 * eˣ for x ≤ 0.
 *
 * x = k·ln 2 + r with |r| ≤ ½·ln 2, and eˣ = 2ᵏ·eʳ. The series of eʳ ends with r¹³/13!: the remainder is below 5·10⁻¹⁸.
 * Below −708, where 2ᵏ would be subnormal, the result is 0. NaN gives NaN.
 */
export function exponential(x: f64): f64 {
  if (!(x >= -708)) return x == x ? 0 : x;
  const k = nearest(x * 1.4426950408889634);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let p: f64 = 1 / 6227020800.0;
  p = p * r + 1 / 479001600.0;
  p = p * r + 1 / 39916800.0;
  p = p * r + 1 / 3628800.0;
  p = p * r + 1 / 362880.0;
  p = p * r + 1 / 40320.0;
  p = p * r + 1 / 5040.0;
  p = p * r + 1 / 720.0;
  p = p * r + 1 / 120.0;
  p = p * r + 1 / 24.0;
  p = p * r + 1 / 6.0;
  p = p * r + 0.5;
  p = p * r + 1;
  p = p * r + 1;
  return p * reinterpret<f64>((<i64>k + 1023) << 52);
}

/**
 * ln x for finite x ≥ 1.
 *
 * x = 2ᵏ·m with √½ ≤ m < √2, and with s = (m − 1)/(m + 1), |s| ≤ .172, ln m = 2·(s + s³/3 + s⁵/5 + …). The series
 * ends with s²¹/21: the remainder is below 2·10⁻¹⁸. NaN and ∞ are returned unchanged.
 */
export function logarithm(x: f64): f64 {
  if (!(x < Infinity)) return x;
  const bits = reinterpret<i64>(x);
  let k = (bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m >= 1.4142135623730951) {
    m *= 0.5;
    k += 1;
  }
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let p: f64 = 1 / 21.0;
  p = p * square + 1 / 19.0;
  p = p * square + 1 / 17.0;
  p = p * square + 1 / 15.0;
  p = p * square + 1 / 13.0;
  p = p * square + 1 / 11.0;
  p = p * square + 1 / 9.0;
  p = p * square + 1 / 7.0;
  p = p * square + 1 / 5.0;
  p = p * square + 1 / 3.0;
  const series = 2 * (s + s * square * p);
  return <f64>k * LN2_HIGH + (series + <f64>k * LN2_LOW);
}
