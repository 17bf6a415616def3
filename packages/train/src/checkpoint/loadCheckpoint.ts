import { join } from 'node:path';
import { DataError } from '@normlab/errors';
import { isMissing, readPlainFile } from '@normlab/files';
import { type Model, parseSpec } from '@normlab/models';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import {
  decodeMetadata,
  decodeSafetensors,
  type Safetensors,
  type SafetensorsEntry,
} from '../safetensors.js';
import type { EpochProgress, TrainState } from '../trainState.js';
import {
  blankHash,
  type CheckpointMeta,
  checkpointFileName,
  formatName,
  formatVersion,
  sha256,
  withHash,
} from './checkpointFile.js';
import { type CheckpointEntries, orderByModel } from './orderByModel.js';

export type LoadCheckpointOptions = {
  /** The network that the checkpoint must be of; not checked by default. */
  readonly model?: Model;
};

export type Checkpoint = { readonly state: TrainState; readonly meta: CheckpointMeta };

/**
 * Reads the checkpoint that {@link saveCheckpoint} left in a folder.
 *
 * Only `checkpoint.safetensors` is read, and all of it is checked before the first tensor is made: its
 * format version, its own hash, that it is of `model`. The tensors belong to the caller. With a model,
 * variables come in the model's order, else sorted by name.
 *
 * @throws DataError if the file is missing, cut short, changed, or written by a newer version; TrainError
 * if it is of another model, with the first variable that differs
 *
 * @example
 * ```ts
 * const { state, meta } = await loadCheckpoint('runs/1', { model });
 * for await (const event of fit({ ...recipe, model, seed: meta.seed, state })) …
 * ```
 */
export async function loadCheckpoint(
  folder: string,
  { model }: LoadCheckpointOptions = {},
): Promise<Checkpoint> {
  const file = join(folder, checkpointFileName);
  const bytes = await read(file);
  checkVersion(decodeMetadata(bytes, file), file);
  const { entries, metadata } = decodeSafetensors(bytes, file);
  checkHash(bytes, metadata.sha256 ?? '', file);
  const note = parseNote(metadata, file);
  const groups = groupEntries(entries);
  const { params, stats, optimizer } =
    model === undefined ? groups : orderByModel(model, groups, note.spec, file);
  return {
    state: {
      params: makeTensors(params),
      stats: makeTensors(stats),
      optimizer: makeTensors(optimizer),
      step: note.step,
      ...(note.progress === undefined ? {} : { progress: note.progress }),
    },
    meta: { seed: note.seed, spec: note.spec },
  };
}

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readPlainFile(file, { where: 'loadCheckpoint' });
  } catch (error) {
    if (!(error instanceof DataError) || !isMissing(error.cause)) throw error;
    const hint = 'is this the folder of a run that has reached its first checkpoint?';
    throw new DataError({ ...error.complaint, hint, file }, { cause: error.cause });
  }
}

function checkVersion({ format, version }: Readonly<Record<string, string>>, file: string): void {
  const fault = { where: 'loadCheckpoint', what: file, file };
  if (format !== formatName) {
    throw new DataError({
      ...fault,
      rule: `be a checkpoint, of format ${formatName}`,
      got: format ?? 'none',
    });
  }
  if (!(Number(version) >= 1 && Number(version) <= formatVersion)) {
    const hint = 'a newer normlab wrote it: update @normlab/train';
    throw new DataError({ ...fault, rule: `be of version ${formatVersion}`, got: Number(version), hint });
  }
}

function checkHash(bytes: Uint8Array, hash: string, file: string): void {
  const found = sha256(withHash(bytes, blankHash, hash));
  if (found === hash) return;
  throw new DataError({
    where: 'loadCheckpoint',
    what: file,
    rule: `have the SHA-256 that its header tells, ${hash}`,
    got: found,
    hint: 'it was changed after it was written: take another copy',
    file,
  });
}

type Note = CheckpointMeta & { readonly step: number; readonly progress?: EpochProgress };

function parseNote(metadata: Readonly<Record<string, string>>, file: string): Note {
  const { step, seed, spec, progress } = metadata;
  const parsed = { step: Number(step), seed: Number(seed) };
  for (const [what, count] of Object.entries(parsed)) {
    if (Number.isInteger(count) && count >= 0) continue;
    throw new DataError({
      where: 'loadCheckpoint',
      what: `${what} of ${file}`,
      rule: 'be an integer ≥ 0',
      file,
    });
  }
  return {
    ...parsed,
    spec: parseSpec(JSON.parse(spec ?? 'null')),
    ...(progress === undefined ? {} : { progress: JSON.parse(progress) }),
  };
}

function groupEntries(entries: Safetensors['entries']): CheckpointEntries {
  const groups = { params: {}, stats: {}, optimizer: {} };
  for (const [name, entry] of Object.entries(entries)) {
    for (const [group, record] of Object.entries(groups)) {
      if (name.startsWith(`${group}/`)) Object.assign(record, { [name.slice(group.length + 1)]: entry });
    }
  }
  return groups;
}

function makeTensors(entries: Readonly<Record<string, SafetensorsEntry>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(entries).map(([path, { dtype, shape, values }]) => [
      path,
      tensor(values, [...shape], dtype === 'F32' ? 'float32' : 'int32'),
    ]),
  );
}
