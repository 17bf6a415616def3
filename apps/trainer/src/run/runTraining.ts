import { batches, evaluationBatches } from '@normlab/datasets';
import type { Model } from '@normlab/models';
import { cloneState, disposeState, fit, type TrainEvent, type TrainState } from '@normlab/train';
import { makeOptimizer } from '../parts/learning.js';
import type { PreparedRun } from './prepareRun.js';
import { withBreaks } from './withBreaks.js';

/** Pictures in a batch of evaluation: what fits the memory of small machines, whatever `--batch` is. */
export const evaluationSize = 250;

/** The events of a run's training, from a state on (which stays the caller's) or from the beginning. */
export async function* runTraining(
  run: PreparedRun,
  model: Model,
  { state, signal }: { readonly state: TrainState | undefined; readonly signal: AbortSignal },
): AsyncGenerator<TrainEvent, void, undefined> {
  const { checkpointEvery } = run.settings;
  let from = state === undefined ? undefined : cloneState(state);
  try {
    while (!signal.aborted) {
      const pause = new AbortController();
      let reached: TrainState | undefined;
      for await (const event of fitFrom(run, model, from, AbortSignal.any([signal, pause.signal]))) {
        yield event;
        if (event.type === 'step' && isDue(event.step, checkpointEvery, run.length)) pause.abort();
        if (event.type === 'checkpoint' && pause.signal.aborted) reached = cloneState(event.state);
      }
      if (reached === undefined) return;
      if (from !== undefined) disposeState(from);
      from = reached;
    }
  } finally {
    if (from !== undefined) disposeState(from);
  }
}

/** Whether a checkpoint is wanted that no epoch's end brings anyway. */
function isDue(
  step: number,
  every: number | undefined,
  { steps, stepsPerEpoch }: PreparedRun['length'],
): boolean {
  return every !== undefined && step % every === 0 && step % stepsPerEpoch !== 0 && step !== steps;
}

function fitFrom(
  { settings, data, pipeline, length }: PreparedRun,
  model: Model,
  state: TrainState | undefined,
  signal: AbortSignal,
): AsyncIterable<TrainEvent> {
  const { seed, batch: size } = settings;
  return fit({
    model,
    optimizer: makeOptimizer(settings, length.steps),
    seed,
    ...length,
    batches: (epoch, from) =>
      withBreaks(batches(data.train, { size, seed, epoch, from, augment: pipeline.train })),
    evaluation: () =>
      withBreaks(evaluationBatches(data.test, { size: evaluationSize, prepare: pipeline.evaluate })),
    ...(state === undefined ? {} : { state }),
    signal,
  });
}
