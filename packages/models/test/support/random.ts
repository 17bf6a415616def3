import { randomStream } from '@normlab/random';
import * as tf from '@tensorflow/tfjs-core';

/** Normal numbers of a seed. */
export function normals(size: number, seed: number): Float32Array {
  const stream = randomStream(seed);
  return Float32Array.from({ length: size }, () => stream.normal());
}

/** A tensor of normal numbers. */
export function normalTensor<R extends tf.Rank>(shape: tf.ShapeMap[R], seed: number): tf.Tensor<R> {
  return tf.tensor<R>(normals(tf.util.sizeFromShape(shape), seed), shape);
}

/** Tensors alive that a function leaves behind, its result disposed. */
export function leaked(f: () => tf.TensorContainer): number {
  const before = tf.memory().numTensors;
  tf.dispose(f());
  return tf.memory().numTensors - before;
}
