import type { Model, Variables } from '@normlab/models';
import { dispose, stack, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Batch } from './batch.js';
import type { Loss } from './crossEntropy.js';
import { lossAndGradients } from './lossAndGradients.js';
import type { Optimizer } from './optimizer.js';
import { totalOf } from './totalOf.js';
import { disposeNew, type TrainState } from './trainState.js';
import { sentinelOf } from './zeroError.js';

/** Loss, correct images, sum of all gradients, and sum of one new parameter ({@link sentinelOf}). */
export type Figures = readonly [number, number, number, number];

/** The new variables, the {@link Figures} to read back, and the gradients if they are kept. */
export function updateState(
  model: Model,
  optimizer: Optimizer,
  loss: Loss,
  state: TrainState,
  batch: Batch,
  { seed, keepGradients }: { readonly seed: number; readonly keepGradients: boolean },
): {
  params: Variables;
  stats: Variables;
  optimizer: Variables;
  figures: Tensor;
  gradients: Variables | undefined;
} {
  let passed: Tensor[] = [];
  try {
    return tidy(() => {
      const { stats, correct, ...pass } = lossAndGradients(model, loss, state, batch, { seed });
      passed = [...Object.values(stats), correct];
      const total = totalOf(Object.values(pass.gradients));
      const updated = optimizer.update(pass.gradients, state.optimizer, state.params, state.step);
      const figures = stack([pass.loss, correct, total, totalOf([sentinelOf(updated.params)])]);
      dispose(correct);
      return {
        params: updated.params,
        optimizer: updated.state,
        stats,
        figures,
        gradients: keepGradients ? pass.gradients : undefined,
      };
    });
  } catch (error) {
    disposeNew(passed, state);
    throw error;
  }
}
