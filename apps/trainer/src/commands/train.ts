import { openBackend } from '@normlab/backends';
import { buildModel } from '@normlab/models';
import { disposeState } from '@normlab/train';
import { saveCheckpoint } from '@normlab/train/node';
import type { Listener } from '../listeners/listener.js';
import { showProgress } from '../listeners/progress.js';
import { reportProgress } from '../listeners/reportProgress.js';
import { showLoading } from '../listeners/showLoading.js';
import { writeMetrics } from '../listeners/writeMetrics.js';
import { clockFrom } from '../run/clock.js';
import { openMetrics } from '../run/metricsLog.js';
import { type PreparedRun, prepareRun } from '../run/prepareRun.js';
import { readState } from '../run/readState.js';
import { configOf, createRunFolder } from '../run/runFolder.js';
import { runResult } from '../run/runResult.js';
import { runTraining } from '../run/runTraining.js';
import { readTrainRequest, type TrainFlags } from '../run/trainRequest.js';
import { exitStatus } from '../terminal/failure.js';
import { onInterruption } from '../terminal/interruption.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';
import { conclude, introduce } from './trainReport.js';

/** `normlab train`: trains a network, or goes on with a run. @returns the exit status */
export async function train(flags: TrainFlags & { readonly json?: boolean }): Promise<number> {
  const terminal = openTerminal(flags);
  const request = await readTrainRequest(flags);
  const run = await prepareRun(request, showLoading(terminal));
  const { backend: name, threads } = run.settings;
  const backend = await openBackend(name, threads === undefined ? {} : { threads });
  try {
    if (request.kind === 'new') createRunFolder(run.folder, configOf(run, backend));
    introduce(run, backend, terminal);
    return await trainIn(run, terminal);
  } finally {
    await backend.close();
  }
}

async function trainIn(run: PreparedRun, terminal: Terminal): Promise<number> {
  const { folder, spec, length, settings } = run;
  const model = buildModel(spec);
  const state = await readState(folder, model);
  const earlier = runResult(run);
  if (state?.step === length.steps && earlier.finished) {
    disposeState(state);
    conclude(earlier, terminal);
    return exitStatus.done;
  }
  const from = state?.step ?? 0;
  const log = openMetrics(folder, { step: from, owesEvaluation: state?.progress !== undefined });
  const seconds = clockFrom(log.earlier.at(-1)?.seconds ?? 0);
  const course = { ...length, epochs: Math.ceil(length.steps / length.stepsPerEpoch) };
  const progress = showProgress(terminal, { ...course, from });
  const interruption = onInterruption(() => {
    progress.busy('finishing the step, then saving');
    terminal.warn('Finishing the step, then saving. Ctrl-C again quits at once.');
  });
  const listeners: Listener[] = [
    reportProgress(progress, course, seconds),
    writeMetrics(log, seconds),
    async (event) => {
      if (event.type !== 'checkpoint') return;
      await saveCheckpoint(folder, event.state, { seed: settings.seed, spec });
    },
  ];
  try {
    for await (const event of runTraining(run, model, { state, signal: interruption.signal })) {
      for (const listener of listeners) await listener(event);
    }
  } finally {
    progress.stop();
    interruption.release();
    log.close();
    if (state !== undefined) disposeState(state);
  }
  const result = runResult(run);
  conclude(result, terminal);
  return result.finished ? exitStatus.done : interruption.status();
}
