import type { Image } from '../image.js';

/**
 * Brings one image to mean 0 and standard deviation 1, over all pixels and channels jointly.
 *
 * y = (x − mean) / max(sd, 1/√n), n = H·W·3. The lower limit 1/√n keeps the result finite for
 * images of one colour; it is the sd of n bytes that are equal except that one differs by 1. Biased
 * variance, two passes, sums in float64.
 */
export function standardizeImage({ values, shape }: Image): Image {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i]!;
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i]! - mean) * (values[i]! - mean);
  const sd = Math.max(Math.sqrt(squares / n), 1 / Math.sqrt(n));
  const standardized = new Float32Array(n);
  for (let i = 0; i < n; i++) standardized[i] = (values[i]! - mean) / sd;
  return { values: standardized, shape };
}
