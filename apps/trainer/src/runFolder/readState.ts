import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Model } from '@normlab/models';
import type { TrainState } from '@normlab/train';
import { loadCheckpoint } from '@normlab/train/node';

/**
 * The state of a run's last checkpoint, or undefined if the run ended before its first.
 *
 * @throws DataError for a damaged checkpoint; TrainError for a checkpoint of another model
 */
export async function readState(folder: string, model: Model): Promise<TrainState | undefined> {
  if (!existsSync(join(folder, 'checkpoint.safetensors'))) return undefined;
  return (await loadCheckpoint(folder, { model })).state;
}
