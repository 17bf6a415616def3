import { join } from 'node:path';
import { fileExists, readJson } from '@normlab/files';
import type { Model } from '@normlab/models';
import type { TrainState } from '@normlab/train';
import { loadCheckpoint, saveCheckpoint } from '@normlab/train/node';
import { z } from 'zod';

const where = 'run folder';

/**
 * The state of a run's last checkpoint, or undefined if the run ended before its first.
 *
 * A `checkpoint.json` that is one save behind, as a kill between two renames leaves it, is written again: `compare` takes
 * the step from it.
 *
 * @throws DataError for a damaged checkpoint; TrainError for a checkpoint of another model
 */
export async function readState(folder: string, model: Model): Promise<TrainState | undefined> {
  if (!fileExists(join(folder, 'checkpoint.safetensors'), { where })) return undefined;
  const { state, meta } = await loadCheckpoint(folder, { model });
  if ((await stepInNote(folder)) !== state.step) await saveCheckpoint(folder, state, meta);
  return state;
}

/** The step of the checkpoint in a folder, as its `checkpoint.json` says; undefined without one. */
export async function stepInNote(folder: string): Promise<number | undefined> {
  const file = join(folder, 'checkpoint.json');
  if (!fileExists(file, { where })) return undefined;
  return z.looseObject({ step: z.number() }).safeParse(await readJson(file, { where })).data?.step;
}
