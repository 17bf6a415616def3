import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileExists, withFileErrors } from '@normlab/files';
import type { MetricsLine } from '../runFolder/metricsLog.js';
import { stepInNote } from '../runFolder/readState.js';
import { bestBeforeEndFolder, bestFolder } from '../runFolder/runFolder.js';

const where = 'run folder';

/**
 * Takes the checkpoint out of `best/` that `keepBest` has saved at the end of a run which is now extended, if the
 * longer run has no evaluation there. The best checkpoint before that end is in `best/` again afterwards, if there was
 * one.
 *
 * @param earlier the lines of the log that the longer run keeps
 * @param isDue whether the run evaluates after so many steps however long it is
 */
export async function restoreBest(
  folder: string,
  earlier: readonly MetricsLine[],
  isDue: (step: number) => boolean,
): Promise<void> {
  const [best, before] = [join(folder, bestFolder), join(folder, bestBeforeEndFolder)];
  const isThere = (file: string) => fileExists(file, { where });
  if (!isThere(before) && (!isThere(best) || (await isOfLongerRun()))) return;
  await withFileErrors(where, async () => {
    await rm(best, { recursive: true, force: true });
    if (isThere(before)) await rename(before, best);
  });

  async function isOfLongerRun(): Promise<boolean> {
    const step = await stepInNote(best);
    if (step === undefined) return false;
    // Where evaluations are left, a run of an older version had no folder for the best before the end: it keeps the one
    // that it has.
    return isDue(step) || earlier.some(({ type }) => type === 'evaluation');
  }
}
