import { refuseOthers, TrainError } from '@normlab/errors';
import type { Tensor } from '@tensorflow/tfjs-core';
import { encodeSafetensors, type SafetensorsEntry } from '../safetensors.js';
import type { TrainState } from '../trainState.js';
import {
  blankHash,
  type CheckpointMeta,
  canonicalJson,
  formatName,
  formatVersion,
  type Sha256,
  withHash,
} from './checkpointFile.js';
import { webSha256 } from './webSha256.js';

/**
 * A state as the bytes of a checkpoint file, for programs without files, such as web pages. `saveCheckpoint` of
 * `@normlab/train/node` writes the same bytes into a folder.
 *
 * Equal states give equal bytes: names are sorted, and no time is stored. One asynchronous readback per tensor; the
 * caller keeps the state.
 *
 * @throws TrainError if a value is not finite, or where there is no Web Crypto: in a page that was loaded over http
 *
 * @example
 * ```ts
 * const bytes = await encodeCheckpoint(state, { seed: 1, spec: model.spec });
 * const address = URL.createObjectURL(new Blob([bytes]));
 * ```
 */
export async function encodeCheckpoint(
  state: TrainState,
  meta: CheckpointMeta,
): Promise<Uint8Array<ArrayBuffer>> {
  const { data } = await checkpointData('encodeCheckpoint', state, meta, webSha256('encodeCheckpoint'));
  return data;
}

/** The bytes of a checkpoint, and the text that repeats its metadata. */
export type CheckpointData = { readonly data: Uint8Array<ArrayBuffer>; readonly text: string };

export async function checkpointData(
  where: string,
  state: TrainState,
  { seed, spec, ...others }: CheckpointMeta,
  sha256: Sha256,
): Promise<CheckpointData> {
  refuseOthers(where, others, ['seed', 'spec']);
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
    entries: await readEntries(where, state),
    metadata: { ...metadata, sha256: blankHash },
  });
  const data = withHash(blank, await sha256(blank), blankHash);
  return { data, text: `${canonicalJson({ ...note, sha256: await sha256(data) }, 2)}\n` };
}

async function readEntries(where: string, state: TrainState): Promise<Record<string, SafetensorsEntry>> {
  const entries: Record<string, SafetensorsEntry> = {};
  for (const group of ['params', 'stats', 'optimizer'] as const) {
    for (const [path, tensor] of Object.entries(state[group])) {
      entries[`${group}/${path}`] = await readEntry(where, `${group}/${path}`, tensor);
    }
  }
  return entries;
}

async function readEntry(where: string, name: string, tensor: Tensor): Promise<SafetensorsEntry> {
  const values = await tensor.data();
  if (values instanceof Int32Array) return { dtype: 'I32', shape: tensor.shape, values };
  if (!(values instanceof Float32Array)) {
    throw new TrainError({ where, what: name, rule: 'be float32 or int32', got: tensor.dtype });
  }
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return { dtype: 'F32', shape: tensor.shape, values };
  throw new TrainError({
    where,
    what: `${name}[${index}]`,
    rule: 'be finite',
    got: values[index],
    hint: 'training has diverged; the previous checkpoint is kept',
  });
}
