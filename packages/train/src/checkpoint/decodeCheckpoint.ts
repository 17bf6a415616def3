import { DataError, refuseOthers, SpecError } from '@normlab/errors';
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
  checkCount,
  checkOptimizerState,
  checkProgress,
  type Fault,
  largestSeed,
  mostSteps,
} from './checkContent.js';
import {
  blankHash,
  type CheckpointMeta,
  checkpointFileName,
  formatName,
  formatVersion,
  type Sha256,
  type Source,
  withHash,
} from './checkpointFile.js';
import { type CheckpointEntries, orderByModel } from './orderByModel.js';
import { webSha256 } from './webSha256.js';

export type DecodeCheckpointOptions = {
  /** The network that the checkpoint must belong to; not checked by default. */
  readonly model?: Model;
  /** What messages call the file; `checkpoint.safetensors` by default. */
  readonly file?: string;
};

export type Checkpoint = { readonly state: TrainState; readonly meta: CheckpointMeta };

/**
 * Reads the bytes of a checkpoint file, for programs without files, such as web pages. `loadCheckpoint` of
 * `@normlab/train/node` reads the same bytes from a folder.
 *
 * All of it is checked before the first tensor is created: its format version, its hash, and that it belongs to
 * `model`. The tensors belong to the caller. With a model, variables are in the model's order, else sorted by name.
 *
 * @throws DataError if the bytes are cut short, changed, or written by a newer version, or if the content is not a
 *   valid state although its hash is right: a count, the spec, the sums of an epoch, a number that is not finite, an
 *   array of the optimizer; TrainError if it is of another model, with the first variable that differs, or where there
 *   is no Web Crypto: in a page that was loaded over http
 *
 * @example
 * ```ts
 * const { meta, state } = await decodeCheckpoint(new Uint8Array(await file.arrayBuffer()));
 * const { params, stats } = state;
 * const logits = buildModel(meta.spec).applyInfer(params, stats, images);
 * ```
 */
export async function decodeCheckpoint(
  bytes: Uint8Array,
  { model, file = checkpointFileName, ...others }: DecodeCheckpointOptions = {},
): Promise<Checkpoint> {
  const where = 'decodeCheckpoint';
  refuseOthers(where, others, ['model', 'file']);
  return readCheckpoint(bytes, { where, file }, model, webSha256(where));
}

export async function readCheckpoint(
  bytes: Uint8Array,
  source: Source,
  model: Model | undefined,
  sha256: Sha256,
): Promise<Checkpoint> {
  checkVersion(decodeMetadata(bytes, source.file), source);
  const { entries, metadata } = decodeSafetensors(bytes, source.file);
  await checkHash(bytes, metadata.sha256 ?? '', sha256, source);
  const note = parseNote(metadata, source);
  const groups = groupEntries(entries, source);
  const { params, stats, optimizer } =
    model === undefined ? groups : orderByModel(model, groups, note.spec, source);
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

function faultOf({ where, file }: Source) {
  return { where, what: file, file };
}

function checkVersion({ format, version }: Readonly<Record<string, string>>, source: Source): void {
  const fault = faultOf(source);
  if (format !== formatName) {
    throw new DataError({
      ...fault,
      rule: `be a checkpoint, of format ${formatName}`,
      got: format ?? 'none',
    });
  }
  const found = Number(version);
  if (!(found >= 1 && found <= formatVersion)) {
    const rule = `be of version ${formatVersion}`;
    const way = found > formatVersion ? { hint: 'a newer normlab wrote it: update @normlab/train' } : {};
    throw new DataError({ ...fault, rule, got: version ?? 'none', ...way });
  }
}

async function checkHash(bytes: Uint8Array, hash: string, sha256: Sha256, source: Source): Promise<void> {
  const found = await sha256(withHash(bytes, blankHash, hash));
  if (found === hash) return;
  throw new DataError({
    ...faultOf(source),
    rule: `have the SHA-256 in its header, ${hash}`,
    got: found,
    hint: 'it was changed after it was written: use another copy',
  });
}

type Note = CheckpointMeta & { readonly step: number; readonly progress?: EpochProgress };

function parseNote(metadata: Readonly<Record<string, string>>, source: Source): Note {
  const { step, seed, spec, progress } = metadata;
  return {
    step: parseCount('step', step, mostSteps, source),
    seed: parseCount('seed', seed, largestSeed, source),
    spec: readSpecOf(spec, source),
    ...(progress === undefined
      ? {}
      : { progress: checkProgress(parseJson('progress', progress, source), wrongIn(source)) }),
  };
}

function parseCount(what: string, text: string | undefined, most: number, source: Source): number {
  const count = /^\d+$/.test(text ?? '') ? Number(text) : text;
  return checkCount(what, count, most, wrongIn(source));
}

function readSpecOf(text: string | undefined, source: Source): ModelSpec {
  try {
    return parseSpec(parseJson('spec', text, source));
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    const { what, rule, got } = error.complaint;
    const { where, file } = source;
    throw new DataError({ where, what: `spec of ${file}: ${what}`, rule, got, file }, { cause: error });
  }
}

function parseJson(what: string, text: string | undefined, source: Source): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    throw wrongIn(source)(what, 'be JSON', text);
  }
}

function wrongIn({ where, file }: Source): Fault {
  return (what, rule, got) =>
    new DataError({ where, what: `${what} of ${file}`, rule, got: got ?? null, file });
}

/** The arrays of each group, which must hold only finite numbers: a NaN would spread through the next step. */
function groupEntries(entries: Safetensors['entries'], source: Source): CheckpointEntries {
  const wrong = wrongIn(source);
  for (const [name, { values }] of Object.entries(entries)) {
    const index = values.findIndex((value) => !Number.isFinite(value));
    if (index >= 0) throw wrong(`${name}[${index}]`, 'be finite', String(values[index]));
  }
  const groupOf = (group: string) =>
    Object.fromEntries(
      Object.entries(entries).flatMap(([name, entry]) =>
        name.startsWith(`${group}/`) ? [[name.slice(group.length + 1), entry]] : [],
      ),
    );
  const groups = { params: groupOf('params'), stats: groupOf('stats'), optimizer: groupOf('optimizer') };
  checkOptimizerState(groups, wrong);
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
