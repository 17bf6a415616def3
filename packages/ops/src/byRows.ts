import { type Rank, reshape, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';

/**
 * What `compute` makes of x seen as rows [M, C], in x's shape again.
 *
 * A vector of C is broadcast over rows only: tfjs-webgpu writes a shader that does not compile for a tensor of
 * rank 5 and a vector, and on wasm two axes are the fastest.
 */
export function byRows<T extends Tensor>(x: T, compute: (rows: Tensor2D) => Tensor): T {
  const rows = reshape<Rank.R2>(x, [-1, x.shape[x.rank - 1]!]);
  return reshape<Rank>(compute(rows), x.shape) as T;
}
