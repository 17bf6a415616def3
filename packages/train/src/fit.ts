import { OptionError, refuseOthers } from '@normlab/errors';
import type { Model } from '@normlab/models';
import { checkSeed } from '@normlab/random';
import { dispose, getBackend } from '@tensorflow/tfjs-core';
import type { Batch } from './batch.js';
import { crossEntropy, type Loss } from './crossEntropy.js';
import { epochSteps } from './epochSteps.js';
import { type Evaluation, evaluate, neverPredicted } from './evaluate.js';
import type { Optimizer } from './optimizer.js';
import type { TrainEvent } from './trainEvent.js';
import { cloneState, disposeState, type EpochProgress, initState, type TrainState } from './trainState.js';
import { beginStep, type TrainStepResult } from './trainStep.js';

export type FitOptions = {
  readonly model: Model;
  readonly optimizer: Optimizer;
  /** {@link crossEntropy} by default. */
  readonly loss?: Loss;
  /** The run's seed: initial variables and dropout derive from it. */
  readonly seed: number;
  /** Steps of the whole run, including those of a resumed state. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
  /**
   * The batches of an epoch, starting at step `from`. The loop requests the next batch while a step runs, so each batch
   * needs its own arrays.
   */
  readonly batches: (epoch: number, from: number) => AsyncIterable<Batch>;
  /** Evaluated at the end of each epoch and after the last step. */
  readonly evaluation?: () => AsyncIterable<Batch>;
  /** Epochs from one evaluation to the next, 1 by default; the last step is evaluated in any case. */
  readonly evaluateEvery?: number;
  /** The state to start from; {@link initState} by default. The caller keeps it. */
  readonly state?: TrainState;
  /**
   * Adds a checkpoint every so many steps, counted from the run's beginning, besides those at the ends of epochs; none
   * by default.
   */
  readonly checkpointEvery?: number;
  /**
   * Adds an `update` event every so many steps, counted from the run's beginning, with the parameters before and after
   * the step and the gradients; none by default. No tensor is copied for it, but two sets of parameters and the
   * gradients are alive at the same time.
   */
  readonly updateEvery?: number;
  /**
   * Begins each step of an epoch, if its batch has come, before it waits for the figures of the step before, so that a
   * backend whose readbacks do not block has work meanwhile; `true` by default on `webgpu`. Events and states are the
   * same; a device error may be found a step early. One more state, batch and set of gradients are alive, schedules are
   * asked one step ahead, and a step begun ahead is dropped if the loop ends.
   */
  readonly overlap?: boolean;
  /** Once aborted, the loop finishes the step, yields a checkpoint and returns; checked between any two steps. */
  readonly signal?: AbortSignal;
};

/**
 * Trains a network, and reports progress as events.
 *
 * A `step` event comes after every step, an `update` event before it if one is requested; `epoch`, `evaluation` (if
 * requested) and `checkpoint` after every epoch and after the last step; only `checkpoint` at every `checkpointEvery`-th
 * step within an epoch and when the signal aborts. The remaining events of an aborted run (the rest of its epoch, or the
 * epoch's evaluation) follow when its state is resumed: events and states then equal those of an uninterrupted run, bit
 * for bit. The last state of a run that ends within an epoch keeps the sums of this epoch, as more `steps` would continue
 * it: resumed with the same `steps`, that state yields the run's last `epoch`, `evaluation` and `checkpoint` again.
 *
 * The loop owns the tensors in `checkpoint` and `update` events: read or save them, or {@link cloneState} a state, before
 * requesting the next event. When the loop ends, by itself, by an error or by `return()`, it leaves no tensor.
 *
 * @throws OptionError at once for an option that is unknown or out of range, and while running for such a value of a
 * schedule; TrainError while running if a step fails as {@link trainStep} has it, or `batches` yields too few; what
 * closing the batches throws, unless a step has failed before
 *
 * @example
 * ```ts
 * for await (const event of fit({ model, optimizer, seed: 1, steps: 3910, stepsPerEpoch: 391, batches })) {
 *   if (event.type === 'epoch') console.log(event.epoch, event.loss, event.accuracy);
 *   if (event.type === 'checkpoint') await saveCheckpoint(folder, event.state, { seed: 1, spec: model.spec });
 * }
 * ```
 */
export function fit(options: FitOptions): AsyncGenerator<TrainEvent, void, undefined> {
  const { seed, steps, stepsPerEpoch, checkpointEvery, evaluateEvery, updateEvery, state, ...rest } = options;
  const { model, optimizer, loss, batches, evaluation, overlap, signal, ...others } = rest;
  refuseOthers('fit', others, fitOptions);
  checkSeed('fit', seed);
  const counts = { steps, stepsPerEpoch, checkpointEvery, evaluateEvery, updateEvery };
  for (const [what, count] of Object.entries(counts)) {
    if (count === undefined) continue;
    if (!Number.isInteger(count) || count < 1) {
      throw new OptionError({ where: 'fit', what, rule: 'be an integer ≥ 1', got: count });
    }
  }
  if (state !== undefined && state.step > steps) {
    const rule = `be at least the steps done by the state, ${state.step}`;
    throw new OptionError({ where: 'fit', what: 'steps', rule, got: steps });
  }
  return run(options);
}

/** The names of all options, for hints. */
const fitOptions: readonly (keyof FitOptions)[] = [
  ...(['model', 'optimizer', 'loss', 'seed', 'steps', 'stepsPerEpoch', 'batches', 'evaluation'] as const),
  ...(['evaluateEvery', 'state', 'checkpointEvery', 'updateEvery', 'overlap', 'signal'] as const),
];

async function* run(options: FitOptions): AsyncGenerator<TrainEvent, void, undefined> {
  const { model, optimizer, loss = crossEntropy, seed, steps, stepsPerEpoch, signal } = options;
  const keepGradients = (step: number) => isDue(step, options.updateEvery);
  const begin = beginStep(model, optimizer, loss, { seed, keepGradients });
  const { overlap = getBackend() === 'webgpu' } = options;
  let state = options.state === undefined ? initState(model, optimizer, seed) : cloneState(options.state);
  try {
    while (!signal?.aborted) {
      if (state.progress !== undefined && (state.step % stepsPerEpoch === 0 || state.step === steps)) {
        const evaluated = isToEvaluate(state, options)
          ? await evaluateUnlessAborted(options, state)
          : undefined;
        if (evaluated === 'aborted') break;
        yield epochEvent(state, state.progress, stepsPerEpoch);
        if (evaluated !== undefined) {
          const { loss, accuracy, images } = evaluated;
          const place = placeOf(state, stepsPerEpoch);
          const unseen = neverPredicted(evaluated);
          yield { type: 'evaluation', ...place, loss, accuracy, images, neverPredicted: unseen };
        }
        if (state.step % stepsPerEpoch === 0) state = withoutProgress(state);
        yield checkpointEvent(state, stepsPerEpoch);
      }
      if (state.step === steps) return;

      const epoch = Math.floor(state.step / stepsPerEpoch);
      const end = Math.min(steps, (epoch + 1) * stepsPerEpoch);
      const batches = options.batches(epoch, state.step % stepsPerEpoch);
      const epochRun = epochSteps(batches, { epoch, end, optimizer, begin, signal });
      let failed = false;
      try {
        while (state.step < end) {
          const running = await epochRun.next(state);
          if (running === undefined) break;
          const { begun, batch, learningRate } = running;
          if (overlap) await epochRun.goAhead(begun.state);
          const previous = state;
          const result = await begun.result();
          state = { ...result.state, progress: addStep(previous.progress, result, batch.labels.length) };
          const place = placeOf(state, stepsPerEpoch);
          const { gradients, accuracy } = result;
          try {
            if (gradients !== undefined) {
              const [before, after] = [previous.params, state.params];
              yield { type: 'update', ...place, learningRate, before, gradients, after };
            }
          } finally {
            disposeState(previous, state);
            dispose(gradients ?? []);
          }
          const images = batch.labels.length;
          yield { type: 'step', ...place, loss: result.loss, accuracy, learningRate, images };
          if (isDue(state.step, options.checkpointEvery) && state.step < end && !signal?.aborted) {
            yield checkpointEvent(state, stepsPerEpoch);
          }
        }
      } catch (error) {
        failed = true;
        throw error;
      } finally {
        const closing = epochRun.close();
        // What closing throws after an error would replace it.
        await (failed ? closing.catch(() => {}) : closing);
      }
    }
    yield checkpointEvent(state, stepsPerEpoch);
  } finally {
    disposeState(state);
  }
}

function isToEvaluate(
  { step }: TrainState,
  { steps, stepsPerEpoch, evaluateEvery = 1 }: FitOptions,
): boolean {
  return step === steps || step % (evaluateEvery * stepsPerEpoch) === 0;
}

function isDue(step: number, every: number | undefined): boolean {
  return every !== undefined && step % every === 0;
}

/** Steps done, and the epoch of the last of them. */
function placeOf({ step }: TrainState, stepsPerEpoch: number): { step: number; epoch: number } {
  return { step, epoch: Math.max(0, Math.floor((step - 1) / stepsPerEpoch)) };
}

function epochEvent(state: TrainState, { loss, correct, images }: EpochProgress, length: number): TrainEvent {
  return { type: 'epoch', ...placeOf(state, length), loss: loss / images, accuracy: correct / images };
}

function checkpointEvent(state: TrainState, stepsPerEpoch: number): TrainEvent {
  return { type: 'checkpoint', ...placeOf(state, stepsPerEpoch), state };
}

function addStep(
  { loss, correct, images }: EpochProgress = { loss: 0, correct: 0, images: 0 },
  step: TrainStepResult,
  size: number,
): EpochProgress {
  return {
    loss: loss + step.loss * size,
    correct: correct + Math.round(step.accuracy * size),
    images: images + size,
  };
}

function withoutProgress({ params, stats, optimizer, step }: TrainState): TrainState {
  return { params, stats, optimizer, step };
}

async function evaluateUnlessAborted(
  { model, loss = crossEntropy, evaluation, signal }: FitOptions,
  { params, stats }: TrainState,
): Promise<Evaluation | 'aborted' | undefined> {
  if (evaluation === undefined) return undefined;
  const stop = signal === undefined ? {} : { signal };
  try {
    return await evaluate({ model, params, stats, batches: evaluation(), loss, ...stop });
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return 'aborted';
    throw error;
  }
}
