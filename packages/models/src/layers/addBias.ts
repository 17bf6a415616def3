import { add, customGrad, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { channelSums } from './channelSums.js';

/**
 * x + b for every channel; the gradient of b is Σ dy over all other axes.
 *
 * Shapes: x [..., C], bias [C] → shape of x.
 */
export function addBias<T extends Tensor>(x: T, bias: Tensor1D): T {
  return customGrad<T>(() => ({
    value: add<T>(x, bias),
    gradFunc: (dy) => [dy.clone(), channelSums(dy)],
  }))(x, bias);
}
