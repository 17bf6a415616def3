import { refuseOthers } from '@normlab/errors';
import type { Model, Variables } from '@normlab/models';
import { deriveSeed } from '@normlab/random';
import { dispose, stack, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Batch } from './batch.js';
import { checkBatch } from './checkBatch.js';
import type { Loss } from './crossEntropy.js';
import { watchDevice } from './deviceWatch.js';
import { lossAndGradients } from './lossAndGradients.js';
import { nonFiniteError } from './nonFiniteError.js';
import type { Optimizer } from './optimizer.js';
import { totalOf } from './totalOf.js';
import { disposeState, type TrainState } from './trainState.js';
import { sentinelOf, zeroError } from './zeroError.js';

export type TrainStepOptions = {
  /** The run's seed; a step's seed is `deriveSeed(seed, 'step', step)`. 0 by default. */
  readonly seed?: number;
  /**
   * The steps whose gradients the result holds, by their number from 1; none by default. Gradients of other steps are
   * freed as soon as the optimizer has read them.
   */
  readonly keepGradients?: (step: number) => boolean;
};

/** The result of one step. */
export type TrainStepResult = {
  readonly state: TrainState;
  readonly loss: number;
  /** Share of the batch's images classified correctly, with the variables before the step. */
  readonly accuracy: number;
  /** ∂loss/∂param by path, before clipping and L2, if {@link TrainStepOptions.keepGradients} asks for this step. */
  readonly gradients?: Variables;
};

/**
 * One step of training as a function of (state, batch): gradient of the loss, update by the optimizer, update of the
 * running statistics.
 *
 * One forward pass gives loss, gradients, statistics and accuracy; one asynchronous readback fetches loss, accuracy,
 * the sum of all gradients, which is finite if each gradient is finite, unless it overflows, and the sum of one new
 * parameter, which is 0 if a failed device has left all parameters 0.
 *
 * The given state is never disposed or changed; the caller owns the new state, and the gradients if they are kept.
 *
 * @throws TrainError if the loss or a gradient is not finite (with step, layer and learning rate), if the loss or the
 *   parameters are impossibly 0 (the backend has failed), if a WebGPU device has an error, or if the loss does not
 *   depend on a parameter; ShapeError or DataError for a batch that does not fit the model
 *
 * @example
 * ```ts
 * const step = trainStep(model, optimizer, crossEntropy, { seed: 1 });
 * const { state, loss, accuracy } = await step(initState(model, optimizer, 1), batch);
 * ```
 */
export function trainStep(
  model: Model,
  optimizer: Optimizer,
  loss: Loss,
  { seed = 0, keepGradients = () => false, ...others }: TrainStepOptions = {},
): (state: TrainState, batch: Batch) => Promise<TrainStepResult> {
  refuseOthers('trainStep', others, ['seed', 'keepGradients']);
  return async (state, batch) => {
    checkBatch('trainStep', batch, model.spec);
    const deviceError = watchDevice();
    const stepSeed = deriveSeed(seed, 'step', state.step);
    const isKept = keepGradients(state.step + 1);
    const { figures, gradients, ...next } = updateState(model, optimizer, loss, state, batch, {
      seed: stepSeed,
      keepGradients: isKept,
    });
    try {
      const [lossValue, correct, gradientSum, sentinel] = (await figures.data()) as unknown as Figures;
      const fault = deviceError(state.step + 1);
      if (fault !== undefined) throw fault;
      if (!Number.isFinite(lossValue) || !Number.isFinite(gradientSum)) {
        throw await nonFiniteError(model, loss, state, batch, {
          seed: stepSeed,
          loss: lossValue,
          learningRate: optimizer.learningRate(state.step),
        });
      }
      const images = batch.labels.length;
      const read = { loss: lossValue, correct, images, sentinel };
      const failure = await zeroError(loss, state.step + 1, read, state.params, next.params);
      if (failure !== undefined) throw failure;
      return {
        state: { ...next, step: state.step + 1 },
        loss: lossValue,
        accuracy: correct / images,
        ...(gradients !== undefined && { gradients }),
      };
    } catch (error) {
      disposeState({ ...next, step: state.step }, state);
      dispose(gradients ?? []);
      throw error;
    } finally {
      dispose(figures);
    }
  };
}

/** Loss, correct images, sum of all gradients, and sum of one new parameter ({@link sentinelOf}). */
type Figures = readonly [number, number, number, number];

/** The new variables, the {@link Figures} to read back, and the gradients if they are kept. */
function updateState(
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
    dispose(passed);
    throw error;
  }
}
