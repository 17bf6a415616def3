import type { Model, Variables } from '@normlab/models';
import * as tf from '@tensorflow/tfjs-core';

export type LabelledBatch = { readonly x: tf.Tensor4D; readonly labels: readonly number[] };

/** Mean cross-entropy of a training pass, as a tensor. */
export function softmaxLoss(logits: tf.Tensor2D, labels: readonly number[]): tf.Scalar {
  return tf.tidy(() => {
    const oneHot = tf.cast(tf.oneHot([...labels], logits.shape[1]), 'float32');
    return tf.neg(tf.div(tf.sum(tf.mul(oneHot, tf.logSoftmax(logits))), labels.length));
  });
}

/** Loss of a training pass and its gradient by every parameter; the caller disposes the gradients. */
export function lossAndGradients(
  model: Model,
  { params, stats }: { readonly params: Variables; readonly stats: Variables },
  { x, labels }: LabelledBatch,
  seed: number,
): { loss: number; gradients: Variables } {
  const paths = Object.keys(params);
  const { value, grads } = tf.valueAndGrads((...given: tf.Tensor[]) => {
    const named = Object.fromEntries(paths.map((path, index) => [path, given[index]!]));
    return softmaxLoss(model.applyTrain(named, stats, x, { seed }).logits, labels);
  })(Object.values(params));
  const [loss] = value.dataSync();
  value.dispose();
  return { loss: loss!, gradients: Object.fromEntries(paths.map((path, index) => [path, grads[index]!])) };
}

/** Loss of a training pass. */
export function trainingLoss(
  model: Model,
  { params, stats }: { readonly params: Variables; readonly stats: Variables },
  { x, labels }: LabelledBatch,
  seed: number,
): number {
  return tf.tidy(
    () => softmaxLoss(model.applyTrain(params, stats, x, { seed }).logits, labels).dataSync()[0]!,
  );
}

/** params − rate·gradients, new tensors. */
export function descend(params: Variables, gradients: Variables, rate: number): Variables {
  return tf.tidy(() =>
    Object.fromEntries(
      Object.entries(params).map(([path, value]): [string, tf.Tensor] => [
        path,
        tf.sub(value, tf.mul(gradients[path]!, rate)),
      ]),
    ),
  );
}

/** Σ of all squares. */
export function squaredNorm(variables: Variables): number {
  return Object.values(variables).reduce((sum, each) => sum + sumOfSquares(each), 0);
}

function sumOfSquares(tensor: tf.Tensor): number {
  return Array.from(tensor.dataSync<'float32'>()).reduce((sum, value) => sum + value * value, 0);
}
