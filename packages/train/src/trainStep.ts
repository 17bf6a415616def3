import { refuseOthers } from '@normlab/errors';
import type { Model, Variables } from '@normlab/models';
import { deriveSeed } from '@normlab/random';
import { dispose } from '@tensorflow/tfjs-core';
import type { Batch } from './batch.js';
import { checkBatch } from './checkBatch.js';
import type { Loss } from './crossEntropy.js';
import { watchDevice } from './deviceWatch.js';
import { nonFiniteError } from './nonFiniteError.js';
import type { Optimizer } from './optimizer.js';
import { disposeNew, type TrainState } from './trainState.js';
import { type Figures, updateState } from './updateState.js';
import { zeroError } from './zeroError.js';

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
 *   depend on a parameter; ShapeError or DataError for a batch that does not fit the model; ShapeError unless the loss is
 *   a scalar of float32; OptionError for a learning rate that is negative or not finite
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
  options: TrainStepOptions = {},
): (state: TrainState, batch: Batch) => Promise<TrainStepResult> {
  const { seed, keepGradients, ...others } = options;
  refuseOthers('trainStep', others, ['seed', 'keepGradients']);
  const begin = beginStep(model, optimizer, loss, options);
  return async (state, batch) => begin(state, batch).result();
}

/** A step whose commands the backend has been given; it may still compute them. */
export type BegunStep = {
  /** The state after the step. */
  readonly state: TrainState;
  /**
   * Waits for the step's figures. The caller then owns the new state, and the gradients if they are kept.
   *
   * @throws TrainError if the step has failed; then nothing is left of it
   */
  readonly result: () => Promise<TrainStepResult>;
  /** Disposes what the step has computed, instead of `result`. */
  readonly discard: () => void;
};

/**
 * `trainStep` in two parts: the first gives the backend its commands, and the second waits for the figures. Until then,
 * the step after it may begin from the new state.
 */
export function beginStep(
  model: Model,
  optimizer: Optimizer,
  loss: Loss,
  { seed = 0, keepGradients = () => false }: TrainStepOptions,
): (state: TrainState, batch: Batch) => BegunStep {
  let lastBegun = 0;
  return (state, batch) => {
    checkBatch('trainStep', batch, model.spec);
    const deviceError = watchDevice();
    const step = state.step + 1;
    const stepSeed = deriveSeed(seed, 'step', state.step);
    const { figures, gradients, ...variables } = updateState(model, optimizer, loss, state, batch, {
      seed: stepSeed,
      keepGradients: keepGradients(step),
    });
    lastBegun = step;
    const next = { ...variables, step };
    const discard = () => {
      disposeNew([variables, figures, gradients ?? []], state);
    };
    // Now, because a backend that computes commands in order would read them after those of a step that begins later.
    const reading = figures.data() as unknown as Promise<Figures>;
    // It is thrown where the result is asked for.
    reading.catch(() => {});
    const result = async () => {
      try {
        const [lossValue, correct, gradientSum, sentinel] = await reading;
        const fault = deviceError(step, lastBegun);
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
        const failure = await zeroError(loss, step, read, state.params, next.params);
        if (failure !== undefined) throw failure;
        dispose(figures);
        return {
          state: next,
          loss: lossValue,
          accuracy: correct / images,
          ...(gradients !== undefined && { gradients }),
        };
      } catch (error) {
        discard();
        throw error;
      }
    };
    return { state: next, result, discard };
  };
}
