import { join } from 'node:path';
import { DataError, refuseOthers } from '@normlab/errors';
import { isMissing, readPlainFile } from '@normlab/files';
import type { Model } from '@normlab/models';
import { checkpointFileName } from './checkpointFile.js';
import { type Checkpoint, readCheckpoint } from './decodeCheckpoint.js';
import { nodeSha256 } from './nodeSha256.js';

const where = 'loadCheckpoint';

export type LoadCheckpointOptions = {
  /** The network that the checkpoint must belong to; not checked by default. */
  readonly model?: Model;
};

/**
 * Reads the checkpoint that {@link saveCheckpoint} wrote into a folder.
 *
 * Only `checkpoint.safetensors` is read, and all of it is checked before the first tensor is created: its format
 * version, its hash, and that it belongs to `model`. The tensors belong to the caller. With a model, variables are in
 * the model's order, else sorted by name.
 *
 * @throws DataError if the file is missing, cut short, changed, or written by a newer version, or if its content is not
 *   a valid state although its hash is right: a count, the spec, the sums of an epoch, a number that is not finite, an
 *   array of the optimizer; TrainError if it is of another model, with the first variable that differs
 *
 * @example
 * ```ts
 * const { state, meta } = await loadCheckpoint('runs/1', { model });
 * for await (const event of fit({ ...recipe, model, seed: meta.seed, state })) …
 * disposeState(state); // `fit` has trained a copy
 * ```
 */
export async function loadCheckpoint(
  folder: string,
  { model, ...others }: LoadCheckpointOptions = {},
): Promise<Checkpoint> {
  refuseOthers(where, others, ['model']);
  const file = join(folder, checkpointFileName);
  return readCheckpoint(await read(file), { where, file }, model, nodeSha256);
}

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readPlainFile(file, { where });
  } catch (error) {
    if (!(error instanceof DataError) || !isMissing(error.cause)) throw error;
    const hint = 'is this the folder of a run that has reached its first checkpoint?';
    throw new DataError({ ...error.complaint, hint, file }, { cause: error.cause });
  }
}
