import { type Rank, reshape, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';

/**
 * Applies `compute` to x reshaped to rows [M, C], and restores x's shape.
 *
 * Reason: for a tensor of rank 5 and a vector, tfjs-webgpu generates a shader that does not compile, and on wasm
 * broadcasting over two axes is the fastest.
 */
export function byRows<T extends Tensor>(x: T, compute: (rows: Tensor2D) => Tensor): T {
  const rows = reshape<Rank.R2>(x, [-1, x.shape[x.rank - 1]!]);
  return reshape<Rank>(compute(rows), x.shape) as T;
}
