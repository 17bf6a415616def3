import type { AffineParams, RunningStats } from '@normlab/ops';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import type { Variables } from './model.js';

/** Running mean and variance of the norm of a path. */
export function runningStats(stats: Variables, path: string): RunningStats {
  return { mean: stats[`${path}/mean`] as Tensor1D, variance: stats[`${path}/variance`] as Tensor1D };
}

/** Learned gain and bias of the norm of a path; one that the spec fixes has no variable. */
export function affineParams(params: Variables, path: string): AffineParams {
  const scale = params[`${path}/scale`] as Tensor1D | undefined;
  const offset = params[`${path}/offset`] as Tensor1D | undefined;
  return { ...(scale && { scale }), ...(offset && { offset }) };
}
