import { buildModel, type FoldedNetwork } from '@normlab/models';
import { normalTensor, unitRoundoff } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Expected rounding error of a network's logits, as a root mean square.
 *
 * Backward error analysis (Higham, Accuracy and Stability, §3.1): a sum of n products in float32 is the exact sum
 * with each product off by a relative error of at most n·u, and of about √n·u where roundings go either way, u = 2⁻²⁴.
 * So the computed network is the exact one with weights that are off by √n·u, n the terms of its longest sum. What that
 * does to the logits is measured with a relative error δ large enough to be seen and small enough to act linearly.
 */
export function roundingError({ spec, params, stats }: FoldedNetwork, x: tf.Tensor4D): number {
  const delta = 2 ** -10;
  const model = buildModel(spec);
  const longestSum = Math.max(...Object.values(params).map(({ size, shape }) => size / shape.at(-1)!));
  const response = tf.tidy(() => {
    const shaken = Object.fromEntries(
      Object.entries(params).map(([path, value], index): [string, tf.Tensor] => [
        path,
        tf.mul(value, tf.add(1, tf.mul(delta, normalTensor(value.shape as [number], index)))),
      ]),
    );
    const change = tf.sub(model.applyInfer(shaken, stats, x), model.applyInfer(params, stats, x));
    return Math.sqrt(tf.mean(tf.square(change)).dataSync()[0]!);
  });
  return (Math.sqrt(longestSum) * unitRoundoff * response) / delta;
}
