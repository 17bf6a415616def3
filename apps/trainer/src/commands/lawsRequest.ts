import type { BackendName, OpenBackendOptions } from '@normlab/backends';
import { nameHint, OptionError } from '@normlab/errors';
import { absoluteChecks, laws } from '@normlab/laws/suite';
import { commandLineOf } from '../settings/checkOptions.js';
import { optionsOf } from '../settings/commands.js';
import { type Flags, readOptions } from '../settings/readOptions.js';
import { resolveOptions } from '../settings/resolveOptions.js';

/** The request of `normlab laws`, fully checked before anything runs. */
export type LawsRequest = {
  readonly backends: readonly { readonly name: BackendName; readonly options: OpenBackendOptions }[];
  readonly runs: number;
  readonly seed: number;
  /** Ids of the laws and absolute checks. */
  readonly ids: readonly string[];
};

const source = commandLineOf('laws');
const allIds = [...absoluteChecks, ...laws].map(({ id }) => id);

/**
 * Reads the flags of `normlab laws`.
 *
 * @throws OptionError for a value out of its range, an unknown name, or an option of a backend that is not requested
 */
export function readLawsFlags(flags: Flags): LawsRequest {
  const { backend, runs, seed, only, threads, build, adapter } = resolveOptions(
    optionsOf('laws'),
    readOptions('laws', flags),
    source,
  );
  const wasm = { ...(threads !== undefined && { threads }), ...(build !== undefined && { build }) };
  const webgpu = adapter === undefined ? {} : { adapter };
  const own: Partial<Record<BackendName, OpenBackendOptions>> = { wasm, webgpu };
  return {
    backends: backend.map((name) => ({ name, options: own[name] ?? {} })),
    runs,
    seed,
    ids: only === undefined ? allIds : only.flatMap(readLaw),
  };
}

/** The matching ids: one id, all ids with the same number (`7`: 7-mean, 7-range, …), or all absolute checks. */
function readLaw(text: string): readonly string[] {
  if (allIds.includes(text)) return [text];
  if (text === 'absolute') return absoluteChecks.map(({ id }) => id);
  const shared = /^\d+$/.test(text) ? allIds.filter((id) => id.startsWith(`${text}-`)) : [];
  if (shared.length > 0) return shared;
  throw new OptionError({
    where: source.where,
    what: source.nameOf('only'),
    rule: 'hold ids of laws, numbers from 1 to 20, or absolute',
    got: text,
    hint: nameHint(text, allIds),
  });
}
