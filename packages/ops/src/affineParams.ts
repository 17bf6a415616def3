import type { Tensor1D } from '@tensorflow/tfjs-core';

/**
 * The learned scale γ and offset β of a normalization, one of each per channel.
 *
 * A parameter that is left out is fixed at 1 (scale) or 0 (offset), costs nothing and is never learned: `{}` gives the
 * constant form.
 */
export type AffineParams = {
  /** γ, shape [C]. */
  readonly scale?: Tensor1D;
  /** β, shape [C]. */
  readonly offset?: Tensor1D;
};
