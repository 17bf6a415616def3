import type { Tensor } from '@tensorflow/tfjs-core';
import { readConstrained } from './readConstrained.js';
import type { StockAffine } from './stockLayers.js';

/** A layer's γ and β as the parameters of an operation of `@normlab/ops`. */
export function affineParams<T extends Tensor>({ gamma, beta }: StockAffine): { scale?: T; offset?: T } {
  return {
    ...(gamma != null && { scale: readConstrained(gamma) as T }),
    ...(beta != null && { offset: readConstrained(beta) as T }),
  };
}
