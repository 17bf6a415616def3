import { OptionError, refuseOthers, SpecError, TrainError } from '@normlab/errors';
import { type ModelSpec, parseSpec, type Variables } from '@normlab/models';
import type { Tensor } from '@tensorflow/tfjs-core';
import { encodeSafetensors, type SafetensorsEntry } from '../safetensors.js';
import type { TrainState } from '../trainState.js';
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
  canonicalJson,
  formatName,
  formatVersion,
  type Sha256,
  withHash,
} from './checkpointFile.js';
import type { CheckpointEntries } from './orderByModel.js';
import { webSha256 } from './webSha256.js';

/**
 * A state as the bytes of a checkpoint file, for programs without files, such as web pages. `saveCheckpoint` of
 * `@normlab/train/node` writes the same bytes into a folder.
 *
 * Equal states give equal bytes: names are sorted, and no time is stored. One asynchronous readback per tensor; the
 * caller keeps the state.
 *
 * @throws TrainError if a value is not finite, the step is not an integer ≥ 0, the sums of the epoch are impossible, or
 *   the optimizer's state breaks the rules of {@link Optimizer}; OptionError unless the seed is an integer in [0, 2³²);
 *   SpecError for a spec that is not valid: such a checkpoint could not be read again. TrainError also where there is no
 *   Web Crypto: in a page that was loaded over http
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
  const wrong: Fault = (what, rule, got) => new TrainError({ where, what, rule, got });
  const { step, progress } = state;
  checkCount('step', step, mostSteps, wrong);
  checkCount('seed', seed, largestSeed, (what, rule, got) => new OptionError({ where, what, rule, got }));
  checkSpec(where, spec);
  const sums = progress === undefined ? {} : { progress: checkProgress(progress, wrong) };
  const note = { format: formatName, version: formatVersion, step, seed, spec, ...sums };
  const metadata = Object.fromEntries(
    Object.entries(note).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : canonicalJson(value),
    ]),
  );
  const groups = await readGroups(where, state);
  checkOptimizerState(groups, wrong);
  const entries = flat(groups);
  const blank = encodeSafetensors({ entries, metadata: { ...metadata, sha256: blankHash } });
  const data = withHash(blank, await sha256(blank), blankHash);
  return { data, text: `${canonicalJson({ ...note, sha256: await sha256(data) }, 2)}\n` };
}

/** @throws SpecError unless the spec can be read again */
function checkSpec(where: string, spec: ModelSpec): void {
  try {
    parseSpec(spec);
  } catch (error) {
    throw error instanceof SpecError ? new SpecError({ ...error.complaint, where }, { cause: error }) : error;
  }
}

async function readGroups(
  where: string,
  { params, stats, optimizer }: TrainState,
): Promise<CheckpointEntries> {
  return {
    params: await readGroup(where, 'params', params),
    stats: await readGroup(where, 'stats', stats),
    optimizer: await readGroup(where, 'optimizer', optimizer),
  };
}

async function readGroup(
  where: string,
  group: string,
  variables: Variables,
): Promise<Record<string, SafetensorsEntry>> {
  const entries: [string, SafetensorsEntry][] = [];
  for (const [path, tensor] of Object.entries(variables)) {
    entries.push([path, await readEntry(where, `${group}/${path}`, tensor)]);
  }
  return Object.fromEntries(entries);
}

function flat(groups: CheckpointEntries): Record<string, SafetensorsEntry> {
  return Object.fromEntries(
    Object.entries(groups).flatMap(([group, arrays]) =>
      Object.entries(arrays).map(([path, entry]) => [`${group}/${path}`, entry]),
    ),
  );
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
