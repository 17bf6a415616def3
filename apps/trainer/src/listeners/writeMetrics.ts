import { TrainError } from '@normlab/errors';
import type { MetricsLog } from '../runFolder/metricsLog.js';
import type { Listener } from './listener.js';

/**
 * Writes steps, epochs and evaluations to `metrics.jsonl`, and flushes them to the disk before each checkpoint.
 *
 * @param classes names of the classes, for those that an evaluation never predicts
 */
export function writeMetrics(log: MetricsLog, seconds: () => number, classes: readonly string[]): Listener {
  return (event) => {
    if (event.type === 'checkpoint') return log.flush();
    if (event.type === 'update') return;
    const time = { seconds: rounded(seconds()) };
    if (event.type !== 'evaluation') log.write({ ...event, ...time });
    else
      log.write({ ...event, neverPredicted: event.neverPredicted.map((label) => classes[label]!), ...time });
  };
}

/**
 * Writes that a run has diverged, if that is what an error says: a loss or a gradient that is not finite.
 *
 * The line has the number of the failed step; a run resumed from its checkpoint does this step again, so the line is
 * cut off then.
 */
export function writeDivergence(
  log: MetricsLog,
  error: unknown,
  {
    step,
    stepsPerEpoch,
    seconds,
  }: { readonly step: number; readonly stepsPerEpoch: number; readonly seconds: number },
): void {
  if (!(error instanceof TrainError) || error.complaint.rule !== 'be finite') return;
  // An evaluation fails for the steps that are done, a step for itself.
  const failed = error.complaint.where === 'evaluate' ? step : step + 1;
  const epoch = Math.max(0, Math.ceil(failed / stepsPerEpoch) - 1);
  try {
    log.write({ type: 'diverged', step: failed, epoch, reason: error.message, seconds: rounded(seconds) });
    log.flush();
  } catch {
    // The divergence is the error to report, not that the disk is full as well.
  }
}

function rounded(seconds: number): number {
  return Math.round(1000 * seconds) / 1000;
}
