import { add, conv2d, grads, matMul, type Tensor, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Operations, Subject } from '../subject.js';
import { onTensors } from './transfer.js';

/** An operation on tensors on which laws can be checked. */
export type TensorStandardizer = {
  /** Standardizes x of rank ≥ 2, channels last, to mean 0 and variance 1 over all axes but the last. */
  standardize(x: Tensor, epsilon: number): Tensor;
};

/** The operations that a normalization determines. */
type OfNormalization = 'standardize' | 'standardizeGradient' | 'normalizedLayer' | 'normalizedLayerGradient';

/**
 * The subject of a normalization on tensors: by itself and after dense and convolutional layers, with
 * its gradients by tfjs, on the active backend.
 *
 * The operation runs in a `tidy`; its result is read back and disposed.
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
export function tensorSubject({ standardize }: TensorStandardizer): Subject<OfNormalization> {
  return onTensors(normalizing(standardize));
}

/** A normalization by itself and after a linear layer, with its gradients. */
export function normalizing(
  standardize: TensorStandardizer['standardize'],
): Pick<Operations<Tensor>, OfNormalization> {
  const layer = (u: Tensor, kernel: Tensor, bias: Tensor, epsilon: number) =>
    standardize(linearLayer(u, kernel, bias), epsilon);
  return {
    standardize,
    standardizeGradient: (x, dy, epsilon) => grads((each: Tensor) => standardize(each, epsilon))([x], dy)[0]!,
    normalizedLayer: layer,
    normalizedLayerGradient(u, kernel, bias, dy, epsilon) {
      const f = (...given: Tensor[]) => layer(given[0]!, given[1]!, given[2]!, epsilon);
      const [du, dKernel, dBias] = grads(f)([u, kernel, bias], dy);
      return { u: du!, kernel: dKernel!, bias: dBias! };
    },
  };
}

/** Wu + b: dense for a kernel of rank 2, a SAME convolution with stride 1 for rank 4. */
export function linearLayer(u: Tensor, kernel: Tensor, bias: Tensor): Tensor {
  const z: Tensor =
    kernel.rank === 2
      ? matMul(u as Tensor2D, kernel as Tensor2D)
      : conv2d(u as Tensor4D, kernel as Tensor4D, 1, 'same');
  return add(z, bias);
}
