import { randomStream } from '@normlab/random';
import { type Rank, type ShapeMap, type Tensor, tensor } from '@tensorflow/tfjs-core';

/** The shape and data from which each backend makes a tensor. */
export type Values = { readonly shape: readonly number[]; readonly data: Float32Array };

/** Normal numbers that a seed determines. */
export function normals(seed: number, ...shape: readonly number[]): Values {
  const stream = randomStream(seed);
  const size = shape.reduce((all, length) => all * length, 1);
  return { shape, data: Float32Array.from({ length: size }, () => stream.normal()) };
}

export function magnitudes({ shape, data }: Values): Values {
  return { shape, data: data.map(Math.abs) };
}

/** A tensor of the active backend. */
export function tensorOf<R extends Rank>({ shape, data }: Values): Tensor<R> {
  return tensor<R>(data, [...shape] as ShapeMap[R]);
}

/** The largest |a − b| / bound over all elements; above 1 the bound is broken. */
export function worstRatio(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  bound: (index: number) => number,
): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const error = Math.abs(a[i]! - b[i]!);
    if (error !== 0) worst = Math.max(worst, error / bound(i));
    if (Number.isNaN(error)) return Number.POSITIVE_INFINITY;
  }
  return worst;
}
