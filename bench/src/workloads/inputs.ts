import { deriveSeed, randomStream } from '@normlab/random';
import { type Rank, type ShapeMap, type Tensor, tensor } from '@tensorflow/tfjs-core';

/** Normal numbers determined by a name. */
export function normals(length: number, name: string): Float32Array {
  const stream = randomStream(deriveSeed(1, name));
  return Float32Array.from({ length }, () => stream.normal());
}

/** A tensor of normal numbers. */
export function normalTensor<R extends Rank>(shape: ShapeMap[R], name: string): Tensor<R> {
  return tensor<R>(
    normals(
      shape.reduce((all: number, each: number) => all * each, 1),
      name,
    ),
    shape,
  );
}

/** Class numbers 0 … 9 in turn. */
export function classNumbers(length: number): Int32Array {
  return Int32Array.from({ length }, (_, index) => index % 10);
}

/** Side of the images of a training step. */
export const imageSize = 24;
