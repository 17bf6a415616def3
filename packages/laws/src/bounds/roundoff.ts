import type { Precision } from '../subject.js';

/** Unit roundoff of float32: the relative error of one correctly rounded operation. */
export const float32Roundoff = 2 ** -24;

/**
 * The largest error of one operation on any backend, as a number of roundings.
 *
 * Sums, differences and products are rounded correctly everywhere. The others are what Vulkan (and WGSL) allow a GPU in
 * 32 bits, where 1 ULP is at most 2 unit roundoffs: a division 2.5 ULP; an inverse square root 2 ULP; a square root
 * that of an inverse square root and a division; the exponential 3 + 2|x| ULP; the logarithm 3 ULP, near 1 an absolute
 * 2⁻²¹.
 */
export const roundings = {
  division: 5,
  /** 1/√v as a square root (2 + 2.5 ULP) and a division (2.5 ULP). */
  inverseRoot: 14,
  exponential: (x: number): number => 6 + 4 * Math.abs(x),
  logarithm: 6,
  /** 2⁻²¹ in units of 2⁻²⁴. */
  logarithmNearOne: 8,
} as const;

/** Relative error of n roundings in a row, γₙ = n·u/(1 − n·u) (Higham, Accuracy and Stability, 2002, Lemma 3.1). */
export function gamma(n: number, roundoff: number): number {
  return (n * roundoff) / (1 - n * roundoff);
}

/**
 * Relative error of a mean of m terms, summed in any order: m − 1 additions, then one
 * division or a product with a rounded 1/m.
 */
export function meanError(m: number, roundoff: number): number {
  return gamma(m - 1 + roundings.division, roundoff);
}

/** The error of flushing to zero: float32 has no normal numbers below 2⁻¹²⁶. */
export function flushedToZero(roundoff: number): number {
  return roundoff < 2 ** -40 ? 2 ** -1022 : 2 ** -126;
}

/** The unit roundoff of a subject: its own, or that of float32. */
export function roundoffOf({ unitRoundoff = float32Roundoff }: Precision): number {
  return unitRoundoff;
}
