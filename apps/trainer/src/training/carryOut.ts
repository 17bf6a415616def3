import { BackendError } from '@normlab/errors';
import { withCleanUp } from '@normlab/files';
import { buildModel } from '@normlab/models';
import { disposeState } from '@normlab/train';
import { saveCheckpoint } from '@normlab/train/node';
import { openBackendOf } from '../fromSettings/backend.js';
import { keepBest } from '../listeners/keepBest.js';
import type { Listener } from '../listeners/listener.js';
import { showProgress } from '../listeners/progress.js';
import { makeRecordings } from '../listeners/recordings.js';
import { reportProgress } from '../listeners/reportProgress.js';
import { restoreBest } from '../listeners/restoreBest.js';
import { showLoading } from '../listeners/showLoading.js';
import { writeDivergence, writeMetrics } from '../listeners/writeMetrics.js';
import { type MetricsLine, type MetricsLog, metricsFile, openMetrics } from '../runFolder/metricsLog.js';
import { provenanceOf } from '../runFolder/provenance.js';
import { readState } from '../runFolder/readState.js';
import { configOf, type RunConfig } from '../runFolder/runConfig.js';
import { checkInPlace, claimNew, claimRun, writeConfig } from '../runFolder/runFolder.js';
import { runResult } from '../runFolder/runResult.js';
import { exitStatus } from '../terminal/failure.js';
import { onInterruption } from '../terminal/interruption.js';
import type { Terminal } from '../terminal/terminal.js';
import { clockFrom } from './clock.js';
import { evaluationIsDue } from './evaluationIsDue.js';
import { type PreparedRun, prepareRun } from './prepareRun.js';
import { runTraining } from './runTraining.js';
import { checkStepMemory } from './stepMemory.js';
import { conclude, introduce, sayHowToResume } from './trainReport.js';
import type { TrainRequest } from './trainRequest.js';

/**
 * Carries out a training request: claims the run's folder, prepares the run, opens its backend, and trains.
 *
 * @returns the exit status
 */
export async function carryOut(request: TrainRequest, terminal: Terminal): Promise<number> {
  const claimed =
    request.kind === 'new' ? await claimNew(request.out, request.settings) : await claimRun(request.folder);
  const carryOutClaimed = async () => {
    const run = await prepareRun(request, claimed.folder, showLoading(terminal));
    const backend = await openBackendOf(run.settings);
    const carryOutOpened = async () => {
      checkStepMemory(run.spec, Math.min(run.settings.batch, run.dataset.trainImages), backend);
      if (request.kind === 'new') {
        await writeConfig(run.folder, configOf(run, backend, await provenanceOf(request.recipe)));
      } else {
        if (request.isExtended) await writeConfig(run.folder, request.config);
        warnOfChanges(request.config, configOf(run, backend), terminal);
      }
      introduce(run, backend, terminal);
      return trainIn(run, terminal);
    };
    return withCleanUp(carryOutOpened, () => backend.close());
  };
  return withCleanUp(carryOutClaimed, () => claimed.release());
}

async function trainIn(run: PreparedRun, terminal: Terminal): Promise<number> {
  const { folder, spec, length, settings } = run;
  const model = buildModel(spec);
  const state = await readState(folder, model);
  let reached = state?.step ?? 0;
  let done = reached;
  const earlier = runResult(run, reached);
  if (earlier.finished) {
    if (state !== undefined) disposeState(state);
    conclude(earlier, terminal);
    return exitStatus.done;
  }
  const isDue = (step: number) => evaluationIsDue(run, step);
  const log = openMetrics(folder, {
    step: reached,
    owesEvaluation: state?.progress !== undefined,
    isEvaluated: reached === length.steps || isDue(reached),
  });
  warnOfGaps(log, reached, terminal);
  const seconds = clockFrom(log.earlier.at(-1)?.seconds ?? 0);
  const evaluatedOn = earlier.evaluatedOn;
  const course = { ...length, evaluatedOn, epochs: Math.ceil(length.steps / length.stepsPerEpoch) };
  // Before the bar hides the cursor, so that no Ctrl-C leaves it hidden.
  const interruption = onInterruption(() => {
    progress.busy('finishing the step, then saving');
    progress.line('Finishing the step, then saving. Ctrl-C again, after a second, quits at once.');
  });
  const progress = showProgress(terminal, { ...course, from: reached });
  const { signal } = interruption;
  const lacksEvaluation = !log.earlier.some(isLastEvaluation(length.steps));
  const work = async () => {
    if (settings.keepBest === true && reached < length.steps) await restoreBest(folder, log.earlier, isDue);
    const images = run.data.validation ?? run.data.test;
    const recordings = await makeRecordings(settings, { ...run, from: reached, model, images });
    const listeners: Listener[] = [
      reportProgress(progress, course, seconds),
      writeMetrics(log, seconds, run.dataset.classes),
      ...recordings,
      ...(settings.tensorboard === true
        ? [
            (await import('../listeners/writeEvents.js')).writeEvents(
              folder,
              reached,
              () => Date.now() / 1000,
              evaluatedOn,
            ),
          ]
        : []),
      ...(settings.keepBest === true
        ? [keepBest(folder, log.earlier, { seed: settings.seed, spec }, isDue)]
        : []),
      async (event) => {
        if (event.type !== 'checkpoint') return;
        checkInPlace(folder);
        await saveCheckpoint(folder, event.state, { seed: settings.seed, spec });
        reached = event.step;
      },
    ];
    try {
      for await (const event of runTraining(run, model, { state, lacksEvaluation, signal })) {
        done = event.step;
        for (const listener of listeners) await listener(event);
      }
    } catch (error) {
      writeDivergence(log, error, { step: done, stepsPerEpoch: length.stepsPerEpoch, seconds: seconds() });
      if (error instanceof BackendError) sayHowToResume({ folder, step: reached }, terminal);
      throw error;
    }
  };
  await withCleanUp(work, () => {
    progress.stop();
    interruption.release();
    if (state !== undefined) disposeState(state);
    log.close();
  });
  const result = runResult(run, reached);
  conclude(result, terminal);
  if (result.finished) return exitStatus.done;
  return signal.aborted ? interruption.status() : exitStatus.failed;
}

function isLastEvaluation(steps: number): (line: MetricsLine) => boolean {
  return ({ type, step }) => type === 'evaluation' && step === steps;
}

/** Warns of steps before the checkpoint whose lines are missing: they are not done again. */
function warnOfGaps({ earlier }: MetricsLog, reached: number, { warn }: Terminal): void {
  const missing =
    reached - new Set(earlier.filter(({ type }) => type === 'step').map(({ step }) => step)).size;
  if (missing <= 0) return;
  warn(
    `${metricsFile} lacks ${missing} of the ${reached} steps before the checkpoint. The training itself is complete.`,
  );
}

/** Warns of changes since the resumed run was started: the last bits of its numbers may differ. */
function warnOfChanges(begun: RunConfig, now: RunConfig, { warn }: Terminal): void {
  const before = { ...begun.versions, backend: begun.backend.description };
  const changed = Object.entries({ ...now.versions, backend: now.backend.description })
    .map(([name, value]) => ({ name, value, was: Reflect.get(before, name) ?? 'absent' }))
    .filter(({ value, was }) => value !== was)
    .map(({ name, value, was }) => `${name} was ${was}, is ${value}`);
  if (changed.length > 0) warn(`The numbers may differ in their last bits: ${changed.join('; ')}.`);
}
