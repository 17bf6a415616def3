import { join } from 'node:path';
import { type CheckpointMeta, saveCheckpoint } from '@normlab/train/node';
import type { MetricsLine } from '../runFolder/metricsLog.js';
import { bestFolder, checkInPlace } from '../runFolder/runFolder.js';
import type { Listener } from './listener.js';

/**
 * Saves the checkpoint that follows an evaluation with the greatest accuracy so far; of equal ones the first.
 *
 * It must stand before the listener that saves the last checkpoint: a process that is killed between the two evaluates
 * again when it resumes, and saves both.
 *
 * @param earlier the lines that the run has when it begins or resumes
 */
export function keepBest(folder: string, earlier: readonly MetricsLine[], meta: CheckpointMeta): Listener {
  let best = earlier.reduce(
    (most, line) => (line.type === 'evaluation' ? Math.max(most, line.accuracy) : most),
    Number.NEGATIVE_INFINITY,
  );
  let isDue = false;
  return async (event) => {
    if (event.type === 'evaluation' && event.accuracy > best) {
      best = event.accuracy;
      isDue = true;
    }
    if (event.type !== 'checkpoint' || !isDue) return;
    isDue = false;
    checkInPlace(folder);
    await saveCheckpoint(join(folder, bestFolder), event.state, meta);
  };
}
