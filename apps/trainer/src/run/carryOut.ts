import { buildModel } from '@normlab/models';
import { disposeState } from '@normlab/train';
import { saveCheckpoint } from '@normlab/train/node';
import type { Listener } from '../listeners/listener.js';
import { showProgress } from '../listeners/progress.js';
import { reportProgress } from '../listeners/reportProgress.js';
import { showLoading } from '../listeners/showLoading.js';
import { writeMetrics } from '../listeners/writeMetrics.js';
import { openBackendOf } from '../parts/backend.js';
import { exitStatus } from '../terminal/failure.js';
import { onInterruption } from '../terminal/interruption.js';
import type { Terminal } from '../terminal/terminal.js';
import { clockFrom } from './clock.js';
import { openMetrics } from './metricsLog.js';
import { type PreparedRun, prepareRun } from './prepareRun.js';
import { readState } from './readState.js';
import { configOf, type RunConfig } from './runConfig.js';
import { createRunFolder } from './runFolder.js';
import { runResult } from './runResult.js';
import { runTraining } from './runTraining.js';
import { conclude, introduce } from './trainReport.js';
import type { TrainRequest } from './trainRequest.js';

/** Trains as asked: prepares the run, opens its backend, makes its folder, and goes. @returns the exit status */
export async function carryOut(request: TrainRequest, terminal: Terminal): Promise<number> {
  const run = await prepareRun(request, showLoading(terminal));
  const backend = await openBackendOf(run.settings);
  try {
    const config = configOf(run, backend);
    if (request.kind === 'new') createRunFolder(run.folder, config);
    else warnOfChanges(request.config, config, terminal);
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
    progress.line('Finishing the step, then saving. Ctrl-C again quits at once.');
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

/** Says what is not as it was when the run to resume was started: its last bits may come out otherwise. */
function warnOfChanges(begun: RunConfig, now: RunConfig, { warn }: Terminal): void {
  const before = { ...begun.versions, backend: begun.backend.description };
  const changed = Object.entries({ ...now.versions, backend: now.backend.description })
    .map(([name, value]) => ({ name, value, was: Reflect.get(before, name) ?? 'absent' }))
    .filter(({ value, was }) => value !== was)
    .map(({ name, value, was }) => `${name} was ${was}, is ${value}`);
  if (changed.length > 0) warn(`The numbers may differ in their last bits: ${changed.join('; ')}.`);
}
