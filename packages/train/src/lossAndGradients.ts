import { refuseOthers } from '@normlab/errors';
import type { Model, Variables } from '@normlab/models';
import { type Scalar, tensor1d, tensor4d, tidy } from '@tensorflow/tfjs-core';
import type { Batch } from './batch.js';
import { checkLoss } from './checkLoss.js';
import { countCorrect } from './countCorrect.js';
import type { Loss } from './crossEntropy.js';
import { valueAndGradients } from './valueAndGradients.js';

export type LossAndGradientsOptions = {
  /** Seed of the forward pass, for dropout. */
  readonly seed: number;
};

/** The results of the forward and the backward pass of one batch. */
export type LossAndGradients = {
  readonly loss: Scalar;
  /** ∂loss/∂param by path. */
  readonly gradients: Variables;
  /** The running statistics, updated with the batch. */
  readonly stats: Variables;
  /** Images of the batch classified correctly. */
  readonly correct: Scalar;
};

/**
 * Loss of one batch in training mode with its gradients and running statistics, without a readback.
 *
 * The caller owns the inputs and all results (statistics and `correct` are kept: a `tidy` around the call does not dispose
 * them). Statistics that the model passes on are the given tensors.
 *
 * @throws TrainError if the loss does not depend on a parameter; ShapeError unless the model's logits are [N, K] float32,
 *   and the loss a scalar of float32
 */
export function lossAndGradients(
  model: Model,
  loss: Loss,
  variables: { readonly params: Variables; readonly stats: Variables },
  batch: Batch,
  { seed, ...others }: LossAndGradientsOptions,
): LossAndGradients {
  refuseOthers('lossAndGradients', others, ['seed']);
  return tidy(() => {
    const x = tensor4d(batch.images, [...batch.shape]);
    const labels = tensor1d(batch.labels, 'int32');
    const { value, gradients, byproducts } = valueAndGradients(() => {
      const { logits, stats } = model.applyTrain(variables.params, variables.stats, x, { seed });
      const value = loss(logits, labels);
      checkLoss('lossAndGradients', 'the loss', value);
      return { value, byproducts: { stats, correct: countCorrect(logits, labels) } };
    }, variables.params);
    return { loss: value, gradients, ...byproducts };
  });
}
