import { join } from 'node:path';
import { refuseOthers, TrainError } from '@normlab/errors';
import { codeOf, plainReason, writeWhole } from '@normlab/files';
import type { Tensor } from '@tensorflow/tfjs-core';
import { encodeSafetensors, type SafetensorsEntry } from '../safetensors.js';
import type { TrainState } from '../trainState.js';
import {
  blankHash,
  type CheckpointMeta,
  canonicalJson,
  checkpointFileName,
  checkpointNoteName,
  formatName,
  formatVersion,
  sha256,
  withHash,
} from './checkpointFile.js';

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
 * @throws TrainError if a value is not finite or the files cannot be written (a full disk); the previous contents of
 *   the folder are then unchanged and no partial file is left
 *
 * @example
 * ```ts
 * await saveCheckpoint('runs/1', state, { seed: 1, spec: model.spec });
 * ```
 */
export async function saveCheckpoint(
  folder: string,
  state: TrainState,
  { seed, spec, ...others }: CheckpointMeta,
): Promise<void> {
  refuseOthers('saveCheckpoint', others, ['seed', 'spec']);
  const note = {
    format: formatName,
    version: formatVersion,
    step: state.step,
    seed,
    spec,
    ...(state.progress === undefined ? {} : { progress: state.progress }),
  };
  const metadata = Object.fromEntries(
    Object.entries(note).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : canonicalJson(value),
    ]),
  );
  const blank = encodeSafetensors({
    entries: await readEntries(state),
    metadata: { ...metadata, sha256: blankHash },
  });
  const data = withHash(blank, sha256(blank), blankHash);
  const text = `${canonicalJson({ ...note, sha256: sha256(data) }, 2)}\n`;
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

async function readEntries(state: TrainState): Promise<Record<string, SafetensorsEntry>> {
  const entries: Record<string, SafetensorsEntry> = {};
  for (const group of ['params', 'stats', 'optimizer'] as const) {
    for (const [path, tensor] of Object.entries(state[group])) {
      entries[`${group}/${path}`] = await readEntry(`${group}/${path}`, tensor);
    }
  }
  return entries;
}

async function readEntry(name: string, tensor: Tensor): Promise<SafetensorsEntry> {
  const values = await tensor.data();
  if (values instanceof Int32Array) return { dtype: 'I32', shape: tensor.shape, values };
  if (!(values instanceof Float32Array)) {
    throw new TrainError({
      where: 'saveCheckpoint',
      what: name,
      rule: 'be float32 or int32',
      got: tensor.dtype,
    });
  }
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return { dtype: 'F32', shape: tensor.shape, values };
  throw new TrainError({
    where: 'saveCheckpoint',
    what: `${name}[${index}]`,
    rule: 'be finite',
    got: values[index],
    hint: 'training has diverged; the previous checkpoint is kept',
  });
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
      hint: `${way ?? 'see that the folder can be written'}; the previous checkpoint, if any, is kept`,
    },
    { cause },
  );
}
