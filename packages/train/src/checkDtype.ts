import { ShapeError } from '@normlab/errors';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * Fused kernels read the bytes of a tensor as numbers of the type that they expect.
 *
 * @throws ShapeError unless the tensor is of this type
 */
export function checkDtype(
  where: string,
  what: string,
  { dtype }: Tensor,
  wanted: 'float32' | 'int32',
  hint = 'cast it first',
): void {
  if (dtype !== wanted) throw new ShapeError({ where, what, rule: `have dtype ${wanted}`, got: dtype, hint });
}
