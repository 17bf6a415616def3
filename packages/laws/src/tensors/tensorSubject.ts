import { add, conv2d, grads, matMul, type Tensor, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import type {
  NormalizedLayer,
  NormalizedLayerGradient,
  Standardizer,
  StandardizerGradient,
} from '../subject.js';
import { readBack, toTensor } from './transfer.js';

/** An operation on tensors that laws can be put to. */
export type TensorStandardizer = {
  /** x of rank ≥ 2, channels last, to mean 0 and variance 1 over all axes but the last. */
  standardize(x: Tensor, epsilon: number): Tensor;
};

/**
 * The subject of a normalization on tensors: alone and behind dense and convolutional layers, with
 * the gradients that tfjs takes of it, on the backend that is active.
 *
 * The operation runs in a `tidy`; what it returns is read back and disposed.
 *
 * @example
 * ```ts
 * const subject = tensorSubject({
 *   standardize: (x, epsilon) => {
 *     const axes = x.shape.slice(0, -1).map((_, axis) => axis);
 *     const { mean, variance } = tf.moments(x, axes);
 *     return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, epsilon)));
 *   },
 * });
 * await check(scaleInvariantLayer, subject, { seed: 1 });
 * ```
 */
export function tensorSubject({
  standardize,
}: TensorStandardizer): Standardizer & StandardizerGradient & NormalizedLayer & NormalizedLayerGradient {
  const layer = (u: Tensor, kernel: Tensor, bias: Tensor, epsilon: number) =>
    standardize(linearLayer(u, kernel, bias), epsilon);
  return {
    async standardize(x, epsilon) {
      const { y } = await readBack(() => ({ y: standardize(toTensor(x), epsilon) }));
      return y;
    },
    async standardizeGradient(x, dy, epsilon) {
      const { dx } = await readBack(() => {
        const [dx] = grads((each: Tensor) => standardize(each, epsilon))([toTensor(x)], toTensor(dy));
        return { dx: dx! };
      });
      return dx;
    },
    async normalizedLayer(u, kernel, bias, epsilon) {
      const { y } = await readBack(() => ({
        y: layer(toTensor(u), toTensor(kernel), toTensor(bias), epsilon),
      }));
      return y;
    },
    normalizedLayerGradient: (u, kernel, bias, dy, epsilon) =>
      readBack(() => {
        const [du, dKernel, dBias] = grads((each: Tensor, w: Tensor, b: Tensor) =>
          layer(each, w, b, epsilon),
        )([toTensor(u), toTensor(kernel), toTensor(bias)], toTensor(dy));
        return { u: du!, kernel: dKernel!, bias: dBias! };
      }),
  };
}

/** Wu + b: dense by a kernel of rank 2, a SAME convolution of stride 1 by one of rank 4. */
export function linearLayer(u: Tensor, kernel: Tensor, bias: Tensor): Tensor {
  const z: Tensor =
    kernel.rank === 2
      ? matMul(u as Tensor2D, kernel as Tensor2D)
      : conv2d(u as Tensor4D, kernel as Tensor4D, 1, 'same');
  return add(z, bias);
}
