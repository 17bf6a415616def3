import { join } from 'node:path';
import { DataError, refuseOthers, SpecError } from '@normlab/errors';
import { isMissing, readPlainFile } from '@normlab/files';
import { type Model, type ModelSpec, parseSpec } from '@normlab/models';
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
  /** The network that the checkpoint must belong to; not checked by default. */
  readonly model?: Model;
};

export type Checkpoint = { readonly state: TrainState; readonly meta: CheckpointMeta };

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
 * ```
 */
export async function loadCheckpoint(
  folder: string,
  { model, ...others }: LoadCheckpointOptions = {},
): Promise<Checkpoint> {
  refuseOthers('loadCheckpoint', others, ['model']);
  const file = join(folder, checkpointFileName);
  const bytes = await read(file);
  checkVersion(decodeMetadata(bytes, file), file);
  const { entries, metadata } = decodeSafetensors(bytes, file);
  checkHash(bytes, metadata.sha256 ?? '', file);
  const note = parseNote(metadata, file);
  const groups = groupEntries(entries, file);
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
    rule: `have the SHA-256 in its header, ${hash}`,
    got: found,
    hint: 'it was changed after it was written: use another copy',
    file,
  });
}

type Note = CheckpointMeta & { readonly step: number; readonly progress?: EpochProgress };

function parseNote(metadata: Readonly<Record<string, string>>, file: string): Note {
  const { step, seed, spec, progress } = metadata;
  return {
    step: parseCount('step', step, Number.MAX_SAFE_INTEGER, file),
    seed: parseCount('seed', seed, 2 ** 32 - 1, file),
    spec: readSpecOf(spec, file),
    ...(progress === undefined ? {} : { progress: parseProgress(progress, file) }),
  };
}

function parseCount(what: string, text: string | undefined, most: number, file: string): number {
  const count = Number(text);
  if (text !== undefined && /^\d+$/.test(text) && count <= most) return count;
  throw wrongNote(what, file, `be an integer in [0, ${most}]`, text);
}

function readSpecOf(text: string | undefined, file: string): ModelSpec {
  try {
    return parseSpec(parseJson('spec', text, file));
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    const { what, rule, got } = error.complaint;
    throw new DataError(
      { where: 'loadCheckpoint', what: `spec of ${file}: ${what}`, rule, got, file },
      { cause: error },
    );
  }
}

/** Sums over at least one image; at most as many images are classified correctly. */
function parseProgress(text: string, file: string): EpochProgress {
  const value = parseJson('progress', text, file);
  const { loss, correct, images } = Object(value);
  const isCount = (count: unknown) => Number.isSafeInteger(count) && Number(count) >= 0;
  if (Number.isFinite(loss) && isCount(correct) && isCount(images) && correct <= images && images > 0) {
    return { loss, correct, images };
  }
  throw wrongNote('progress', file, 'hold a loss and the numbers of correct and of all images', value);
}

function parseJson(what: string, text: string | undefined, file: string): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    throw wrongNote(what, file, 'be JSON', text);
  }
}

function wrongNote(what: string, file: string, rule: string, got: unknown): DataError {
  return new DataError({ where: 'loadCheckpoint', what: `${what} of ${file}`, rule, got: got ?? null, file });
}

/** The arrays of each group, which must hold only finite numbers: a NaN would spread through the next step. */
function groupEntries(entries: Safetensors['entries'], file: string): CheckpointEntries {
  for (const [name, { values }] of Object.entries(entries)) {
    const index = values.findIndex((value) => !Number.isFinite(value));
    if (index >= 0) throw wrongNote(`${name}[${index}]`, file, 'be finite', String(values[index]));
  }
  const groupOf = (group: string) =>
    Object.fromEntries(
      Object.entries(entries).flatMap(([name, entry]) =>
        name.startsWith(`${group}/`) ? [[name.slice(group.length + 1), entry]] : [],
      ),
    );
  const groups = { params: groupOf('params'), stats: groupOf('stats'), optimizer: groupOf('optimizer') };
  for (const [path, { dtype, shape }] of Object.entries(groups.optimizer)) {
    const of = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const wanted = Object.hasOwn(groups.params, of) ? groups.params[of]!.shape : undefined;
    if (wanted !== undefined && dtype === 'F32' && `${shape}` === `${wanted}`) continue;
    const rule =
      wanted === undefined ? 'belong to a variable' : `be F32 of shape [${wanted}], as its variable is`;
    throw wrongNote(`optimizer/${path}`, file, rule, `${dtype} [${shape}]`);
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
