import { randomStream } from '@normlab/random';
import { arrayOf, type NdArray } from './arrays.js';

/** Normal numbers from a seed. */
export function normals(size: number, seed: number): Float32Array {
  const stream = randomStream(seed);
  return Float32Array.from({ length: size }, () => stream.normal());
}

/** Normal numbers that float32 holds exactly, from a seed. */
export function normalArray(
  shape: readonly number[],
  seed: number,
  { mean = 0, deviation = 1 }: { mean?: number; deviation?: number } = {},
): NdArray {
  const stream = randomStream(seed);
  return arrayOf(shape, () => Math.fround(mean + deviation * stream.normal()));
}

/** Numbers in [low, high) that float32 holds exactly, from a seed. */
export function uniformArray(shape: readonly number[], seed: number, low: number, high: number): NdArray {
  const stream = randomStream(seed);
  return arrayOf(shape, () => Math.fround(stream.uniform(low, high)));
}
