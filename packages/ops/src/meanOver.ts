import { avgPool, getBackend, mean, type Rank, reshape, type Tensor } from '@tensorflow/tfjs-core';
import { isNestedGradient } from './withGradient.js';

/**
 * The mean over `axes`, kept as axes of length 1.
 *
 * On the wasm backend tfjs's own reductions over outer axes transpose first, and add in one long chain; here
 * they go through average pooling in blocks of about √m, which is some 25 times as fast and adds in chains of
 * about √m only.
 */
export function meanOver(x: Tensor, axes: readonly number[]): Tensor {
  if (getBackend() !== 'wasm' || isNestedGradient()) return mean(x, [...axes], true);
  return [...axes].reverse().reduce((partial, axis) => meanInBlocks(partial, axis), x);
}

function meanInBlocks(x: Tensor, axis: number): Tensor {
  const length = x.shape[axis]!;
  const outer = product(x.shape.slice(0, axis));
  const inner = product(x.shape.slice(axis + 1));
  const blocks = divisorNearRoot(length);
  const partial = meanOfMiddle(x, [outer * blocks, length / blocks, inner]);
  const whole = meanOfMiddle(partial, [outer, blocks, inner]);
  return reshape(whole, [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis + 1)]);
}

/** The mean over the middle axis of x seen as [outer, length, inner]. */
function meanOfMiddle(x: Tensor, [outer, length, inner]: [number, number, number]): Tensor {
  if (length === 1) return x;
  if (inner === 1) return mean(reshape(x, [outer, length]), 1);
  return avgPool(reshape<Rank.R4>(x, [outer, length, 1, inner]), [length, 1], 1, 'valid');
}

/** The largest divisor of n that is at most √n. */
function divisorNearRoot(n: number): number {
  let divisor = Math.floor(Math.sqrt(n));
  while (n % divisor !== 0) divisor--;
  return divisor;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}
