import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileExists, withFileErrors } from '@normlab/files';
import { type CheckpointMeta, saveCheckpoint } from '@normlab/train/node';
import type { MetricsLine } from '../runFolder/metricsLog.js';
import { bestBeforeEndFolder, bestFolder, checkInPlace } from '../runFolder/runFolder.js';
import type { Listener } from './listener.js';

/**
 * Saves the checkpoint that follows an evaluation with the greatest accuracy so far; of equal ones the first.
 *
 * If the last step is the best although its evaluation is not due, the checkpoint that was the best before stays too,
 * in `best-before-end/`: a longer run does not evaluate there, and `restoreBest` puts the earlier checkpoint back.
 *
 * It must stand before the listener that saves the last checkpoint: a process that is killed between the two evaluates
 * again when it resumes, and saves both.
 *
 * @param earlier the lines that the run has when it begins or resumes
 * @param isDue whether the run evaluates after so many steps however long it is
 */
export function keepBest(
  folder: string,
  earlier: readonly MetricsLine[],
  meta: CheckpointMeta,
  isDue: (step: number) => boolean,
): Listener {
  let best = earlier.reduce(
    (most, line) => (line.type === 'evaluation' ? Math.max(most, line.accuracy) : most),
    Number.NEGATIVE_INFINITY,
  );
  let isToSave = false;
  let isFirst = false;
  return async (event) => {
    if (event.type === 'evaluation' && event.accuracy > best) {
      isFirst = best === Number.NEGATIVE_INFINITY;
      best = event.accuracy;
      isToSave = true;
    }
    if (event.type !== 'checkpoint' || !isToSave) return;
    isToSave = false;
    checkInPlace(folder);
    if (!isFirst && !isDue(event.step)) await setAside(folder);
    await saveCheckpoint(join(folder, bestFolder), event.state, meta);
  };
}

/**
 * Moves the best checkpoint before the end aside. Does nothing if it was moved before: a process that is killed after
 * the move comes here again when it resumes, and `best/` may then hold the checkpoint of the end.
 */
async function setAside(folder: string): Promise<void> {
  const [from, to] = [join(folder, bestFolder), join(folder, bestBeforeEndFolder)];
  const where = 'run folder';
  if (fileExists(to, { where }) || !fileExists(from, { where })) return;
  await withFileErrors(where, () => rename(from, to));
}
