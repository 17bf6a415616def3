import { refuseOthers } from '@normlab/errors';
import { div, maximum, mul, sqrt, square, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { addAll } from '../addAll.js';
import { checkPositive } from '../float32Options.js';
import type { Optimizer } from '../optimizer.js';

export type ClipByGlobalNormOptions = {
  /** c ≥ 2⁻¹²⁶, the largest norm of the gradient over all variables together. */
  readonly maxNorm: number;
};

/**
 * An optimizer whose gradients are clipped to a given norm.
 *
 * g' = g · c/max(‖g‖, c), ‖g‖ over all variables together
 *
 * A gradient with ‖g‖ ≤ c is unchanged, bit for bit (PyTorch divides by ‖g‖ + 1e-6 and so clips to slightly less than
 * c).
 *
 * Numerics: squares and their sum in float32, so the norm overflows from 1.8e19 on, and the step is 0.
 *
 * From: Pascanu et al., "On the difficulty of training recurrent neural networks" (2013), algorithm 1.
 *
 * @throws OptionError unless maxNorm is finite in float32 and at least 2⁻¹²⁶, and for an unknown option
 *
 * @example
 * ```ts
 * const optimizer = clipByGlobalNorm(sgd({ learningRate: constant(0.1) }), { maxNorm: 1 });
 * ```
 */
export function clipByGlobalNorm(
  optimizer: Optimizer,
  { maxNorm, ...others }: ClipByGlobalNormOptions,
): Optimizer {
  refuseOthers('clipByGlobalNorm', others, ['maxNorm']);
  checkPositive('clipByGlobalNorm', 'maxNorm', maxNorm);
  return {
    // Not by spreading, which would lose the methods of a class.
    init: (params) => optimizer.init(params),
    learningRate: (step) => optimizer.learningRate(step),
    update: (grads, state, params, step) =>
      tidy(() => {
        // Sorted by name: a float sum depends on the order, and the order of a record's keys is not guaranteed.
        const paths = Object.keys(grads).sort();
        const norm = sqrt(addAll(paths.map((path) => sum(square(grads[path]!)))));
        const factor = div(maxNorm, maximum(norm, maxNorm));
        const clipped = paths.map((path): [string, Tensor] => [path, mul(grads[path]!, factor)]);
        return optimizer.update(Object.fromEntries(clipped), state, params, step);
      }),
  };
}
