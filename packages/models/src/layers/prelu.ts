import {
  customGrad,
  greater,
  mul,
  type Tensor,
  type Tensor1D,
  prelu as tfPrelu,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { channelSums } from './channelSums.js';

/**
 * y = x where x > 0, and slope·x elsewhere, one learned slope a channel (He et al. 2015, eq. 1).
 *
 * dx = dy where x > 0 and slope·dy elsewhere; dslope = Σ dy·x over the pixels with x ≤ 0. The same as tf.prelu, but
 * that this sum is cheap on wasm.
 *
 * Shapes: x [..., C], slope [C] → shape of x.
 */
export function prelu<T extends Tensor>(x: T, slope: Tensor1D): T {
  return customGrad<T>((...inputs) => {
    const save = inputs.at(-1);
    if (typeof save === 'function') save([x, slope]);
    return {
      value: tfPrelu<Tensor>(x, slope) as T,
      gradFunc: (dy, [savedX, savedSlope]) => gradients(dy, savedX!, savedSlope!),
    };
  })(x, slope);
}

function gradients(dy: Tensor, x: Tensor, slope: Tensor): Tensor[] {
  return tidy(() => {
    const positive = greater(x, 0);
    const dx = where(positive, dy, mul(dy, slope));
    const dslope = channelSums(where(positive, zerosLike(dy), mul(dy, x)));
    return [dx, dslope];
  });
}
