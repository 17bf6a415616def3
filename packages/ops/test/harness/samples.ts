import { toTensor, type twins } from '@normlab/testing';
import { dispose, type Tensor1D } from '@tensorflow/tfjs-core';
import type { RunningStats } from '../../src/index.js';

/** Calls `use` with running statistics as float32 tensors, which are disposed afterwards. */
export function withStats<T>({ mean, variance }: twins.StatsArrays, use: (stats: RunningStats) => T): T {
  const stats = { mean: toTensor(mean) as Tensor1D, variance: toTensor(variance) as Tensor1D };
  const made = use(stats);
  dispose(stats);
  return made;
}
