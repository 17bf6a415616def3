import type { Rank } from '@tensorflow/tfjs-core';
import { matMul, ones, reshape, type Tensor, type Tensor1D, tidy } from '@tensorflow/tfjs-core';

/**
 * Σ over all axes but the last.
 *
 * As a product with a row of ones: tfjs-wasm's sum over leading axes is an order of magnitude slower.
 * Shapes: x [..., C] → [C].
 */
export function channelSums(x: Tensor): Tensor1D {
  const channels = x.shape.at(-1)!;
  const rows = x.size / channels;
  return tidy(() => {
    const flat = reshape<Rank.R2>(x, [rows, channels]);
    return reshape<Rank.R1>(matMul(ones<Rank.R2>([1, rows]), flat), [channels]);
  });
}
