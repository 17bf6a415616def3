import { randomStream } from '@normlab/random';
import { dispose, type Tensor1D, tensor } from '@tensorflow/tfjs-core';
import type { RunningStats } from '../../src/index.js';
import type { StatsArrays } from '../reference/batchNorm.js';
import { arrayOf, type NdArray } from '../reference/ndArray.js';

/** Normal numbers that float32 holds exactly, from a seed. */
export function normalArray(
  shape: readonly number[],
  seed: number,
  { mean = 0, deviation = 1 }: { mean?: number; deviation?: number } = {},
): NdArray {
  const stream = randomStream(seed);
  return arrayOf(shape, () => Math.fround(mean + deviation * stream.normal()));
}

/** Numbers of [low, high) that float32 holds exactly, from a seed. */
export function uniformArray(shape: readonly number[], seed: number, low: number, high: number): NdArray {
  const stream = randomStream(seed);
  return arrayOf(shape, () => Math.fround(stream.uniform(low, high)));
}

/** The array as a float32 tensor. */
export function toTensor({ shape, values }: NdArray) {
  return tensor(Float32Array.from(values), [...shape], 'float32');
}

/** What `use` makes of running statistics as float32 tensors, which live no longer than that. */
export function withStats<T>({ mean, variance }: StatsArrays, use: (stats: RunningStats) => T): T {
  const stats = { mean: toTensor(mean) as Tensor1D, variance: toTensor(variance) as Tensor1D };
  const made = use(stats);
  dispose(stats);
  return made;
}
