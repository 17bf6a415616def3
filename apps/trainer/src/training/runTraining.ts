import { batches, evaluationBatches } from '@normlab/datasets';
import type { Model } from '@normlab/models';
import { evaluate, fit, neverPredicted, type TrainEvent, type TrainState } from '@normlab/train';
import { makeOptimizer } from '../fromSettings/learning.js';
import { recordedUpdates } from '../listeners/recordings.js';
import { evaluationSize } from './evaluationSize.js';
import type { PreparedRun } from './prepareRun.js';

export type RunTrainingOptions = {
  /** The state to start from; the run starts from the beginning without one. The caller keeps it. */
  readonly state: TrainState | undefined;
  /** Whether the log lacks the evaluation of a state whose steps are all done. */
  readonly lacksEvaluation: boolean;
  readonly signal: AbortSignal;
};

/** The events of a run's training. */
export async function* runTraining(
  run: PreparedRun,
  model: Model,
  { state, lacksEvaluation, signal }: RunTrainingOptions,
): AsyncGenerator<TrainEvent, void, undefined> {
  const { settings, data, pipeline, length } = run;
  const { seed, batch: size, checkpointEvery, evaluateEvery } = settings;
  const updateEvery = recordedUpdates(settings);
  const evaluation = () =>
    evaluationBatches(data.validation ?? data.test, { size: evaluationSize, prepare: pipeline.evaluate });
  // `fit` does the evaluation that a state still lacks.
  if (state?.step === length.steps && state.progress === undefined) {
    if (!lacksEvaluation) return;
    try {
      const { params, stats, step } = state;
      const { confusion, ...figures } = await evaluate({
        model,
        params,
        stats,
        batches: evaluation(),
        signal,
      });
      const epoch = Math.ceil(step / length.stepsPerEpoch) - 1;
      yield { type: 'evaluation', step, epoch, ...figures, neverPredicted: neverPredicted({ confusion }) };
    } catch (error) {
      if (!(signal.aborted && error === signal.reason)) throw error;
    }
    return;
  }
  yield* fit({
    model,
    optimizer: makeOptimizer(settings, length.steps),
    seed,
    ...length,
    batches: (epoch, from) => batches(data.train, { size, seed, epoch, from, augment: pipeline.train }),
    evaluation,
    ...(evaluateEvery === undefined ? {} : { evaluateEvery }),
    ...(checkpointEvery === undefined ? {} : { checkpointEvery }),
    ...(updateEvery === undefined ? {} : { updateEvery }),
    ...(state === undefined ? {} : { state }),
    signal,
  });
}
