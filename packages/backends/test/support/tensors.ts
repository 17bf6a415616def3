import { normals as normalNumbers } from '@normlab/testing/numbers';
import { type Rank, type ShapeMap, type Tensor, tensor, util } from '@tensorflow/tfjs-core';

/** The shape and data from which each backend makes a tensor. */
export type Values = { readonly shape: readonly number[]; readonly data: Float32Array };

/** Normal numbers that a seed determines. */
export function normals(seed: number, ...shape: readonly number[]): Values {
  return { shape, data: normalNumbers(util.sizeFromShape([...shape]), seed) };
}

export function magnitudes({ shape, data }: Values): Values {
  return { shape, data: data.map(Math.abs) };
}

/** A tensor of the active backend. */
export function tensorOf<R extends Rank>({ shape, data }: Values): Tensor<R> {
  return tensor<R>(data, [...shape] as ShapeMap[R]);
}
