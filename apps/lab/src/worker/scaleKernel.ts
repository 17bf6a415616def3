import type { Batch } from '@normlab/datasets';
import type { Model, Variables } from '@normlab/models';
import { crossEntropy, lossAndGradients } from '@normlab/train';
import { dispose, mul, norm, type Tensor, tidy } from '@tensorflow/tfjs-core';

/** Loss and gradient of a network in which one kernel W is replaced by a·W. */
export type ScaledKernel = {
  readonly a: number;
  readonly loss: number;
  /** ‖∂L/∂(aW)‖ of that kernel. */
  readonly gradientNorm: number;
};

/**
 * L(aW) and ‖∂L/∂(aW)‖ on one batch, in training mode.
 *
 * Before a batch norm, L(aW) = L(W) and ∂L/∂(aW) = (1/a)·∂L/∂W for a > 0, up to ε beside the variance: a small a
 * makes the variance small, and ε is felt.
 *
 * The caller keeps the variables.
 */
export async function scaleKernel(
  model: Model,
  { params, stats }: { readonly params: Variables; readonly stats: Variables },
  batch: Batch,
  path: string,
  a: number,
): Promise<ScaledKernel> {
  const kernel = tidy(() => mul<Tensor>(params[path]!, a));
  const variables = { params: { ...params, [path]: kernel }, stats };
  const {
    loss,
    gradients,
    stats: updated,
    correct,
  } = lossAndGradients(model, crossEntropy, variables, batch, {
    seed: 1,
  });
  const length = tidy(() => norm(gradients[path]!));
  try {
    const [[lossValue], [gradientNorm]] = await Promise.all([loss.data(), length.data()]);
    return { a, loss: lossValue!, gradientNorm: gradientNorm! };
  } finally {
    dispose([loss, gradients, updated, correct, length, kernel]);
  }
}
