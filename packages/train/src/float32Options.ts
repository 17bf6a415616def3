import { OptionError } from '@normlab/errors';

/** float32's smallest number that no backend takes for 0: WebGPU and WebGL may round smaller ones to 0. */
const smallestNormal = 2 ** -126;

/**
 * Checks a factor of float32 tensors: above 3.4e38 it would be infinite, and Infinity · 0 is NaN.
 *
 * @throws OptionError unless the number is finite in float32 and ≥ 0
 */
export function checkNotNegative(where: string, what: string, value: number): void {
  if (!(isFinite32(value) && value >= 0)) {
    throw new OptionError({ where, what, rule: 'be finite in float32 and ≥ 0', got: value });
  }
}

/**
 * Checks a number that keeps a float32 divisor above 0.
 *
 * @throws OptionError unless the number is finite in float32 and at least 2⁻¹²⁶
 */
export function checkPositive(where: string, what: string, value: number): void {
  if (!(isFinite32(value) && Math.fround(value) >= smallestNormal)) {
    const rule = 'be in [2^-126, 2^128), the positive normal numbers of float32';
    throw new OptionError({ where, what, rule, got: value });
  }
}

function isFinite32(value: number): boolean {
  return Number.isFinite(value) && Number.isFinite(Math.fround(value));
}
