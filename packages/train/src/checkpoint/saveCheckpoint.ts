import { join } from 'node:path';
import { TrainError } from '@normlab/errors';
import { codeOf, plainReason, writeWhole } from '@normlab/files';
import type { TrainState } from '../trainState.js';
import { type CheckpointMeta, checkpointFileName, checkpointNoteName } from './checkpointFile.js';
import { checkpointData } from './encodeCheckpoint.js';
import { nodeSha256 } from './nodeSha256.js';

/**
 * Writes a state into a folder, completely or not at all.
 *
 * `checkpoint.safetensors` is the checkpoint: all variables as `params/…`, `stats/…` and `optimizer/…`, and in its
 * `__metadata__` step, seed, spec, format version and a SHA-256 over the whole file (computed with zeros in place of
 * the hash). One rename replaces the previous checkpoint, so the folder never holds half a checkpoint.
 * `checkpoint.json` repeats the metadata for people and tools, with the SHA-256 of the finished data file. It is
 * renamed second and never read back: a kill between the two renames leaves `checkpoint.json` one save behind, with no
 * other effect.
 *
 * Equal states give equal bytes: names are sorted, and no time is stored. One asynchronous readback per tensor; the
 * caller keeps the state. The folder is created if it is missing. Two saves into one folder must not overlap.
 *
 * @throws TrainError, OptionError or SpecError as {@link encodeCheckpoint} does for what could not be read again: the folder
 *   is then unchanged; TrainError if the files cannot be written (a full disk): the folder then holds the previous
 *   checkpoint or the new one, complete, and no partial file is left
 *
 * @example
 * ```ts
 * await saveCheckpoint('runs/1', state, { seed: 1, spec: model.spec });
 * ```
 */
export async function saveCheckpoint(folder: string, state: TrainState, meta: CheckpointMeta): Promise<void> {
  const { data, text } = await checkpointData('saveCheckpoint', state, meta, nodeSha256);
  try {
    await writeWhole(
      folder,
      [
        { name: checkpointFileName, content: [data] },
        { name: checkpointNoteName, content: text },
      ],
      { survives: 'power-loss' },
    );
  } catch (cause) {
    throw cannotWrite(folder, data.length, cause);
  }
}

function cannotWrite(folder: string, size: number, cause: unknown): TrainError {
  const way =
    codeOf(cause) === 'ENOSPC'
      ? `the disk is full: free ${Math.ceil(size / 1e6)} MB and resume`
      : plainReason(cause);
  return new TrainError(
    {
      where: 'saveCheckpoint',
      what: join(folder, checkpointFileName),
      rule: 'be written completely',
      got: cause instanceof Error ? cause.message : cause,
      hint: `${way ?? 'see that the folder can be written'}; the previous checkpoint, if any, or the new one is there, complete`,
    },
    { cause },
  );
}
