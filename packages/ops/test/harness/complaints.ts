import { complaintOf } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';

/** The errors for an input of rank 1, an empty input, ints, a disposed tensor, and an array. */
export function complaintsAboutInput(call: (x: tf.Tensor) => unknown): string[] {
  const disposed = tf.zeros([2, 3, 4]);
  disposed.dispose();
  const notTensor: unknown = [[1, 2]];
  return tf.tidy(() =>
    [tf.zeros([4]), tf.zeros([0, 3, 4]), tf.zeros([2, 3, 4], 'int32'), disposed, notTensor as tf.Tensor].map(
      (x) => complaintOf(() => call(x)),
    ),
  );
}

/** The errors for a vector of 5 with C = 4, one of rank 2, and ints. */
export function complaintsAboutChannels(call: (vector: tf.Tensor1D) => unknown): string[] {
  return tf.tidy(() =>
    [tf.zeros([5]), tf.zeros([1, 4]), tf.zeros([4], 'int32')].map((vector) =>
      complaintOf(() => call(vector as tf.Tensor1D)),
    ),
  );
}

/** The errors for an ε that is negative, NaN or infinite. */
export function complaintsAboutEpsilon(call: (epsilon: number) => unknown): string[] {
  return [-1e-5, Number.NaN, Number.POSITIVE_INFINITY].map((epsilon) => complaintOf(() => call(epsilon)));
}
