import type { BackendName, OpenBackendOptions } from '@normlab/backends';
import { nameHint, OptionError } from '@normlab/errors';
import { laws } from '@normlab/laws/suite';
import { backendNames, buildNames } from '../settings/names.js';

/** Flags of `normlab laws` as commander gives them. */
export type LawsFlags = {
  readonly backend: string;
  readonly only?: string;
  readonly runs: string;
  readonly seed: string;
  readonly threads?: string;
  readonly build?: string;
  readonly adapter?: string;
  readonly json?: boolean;
};

/** What is asked of `normlab laws`, checked whole before anything runs. */
export type LawsRequest = {
  readonly backends: readonly { readonly name: BackendName; readonly options: OpenBackendOptions }[];
  readonly runs: number;
  readonly seed: number;
  /** Ids of the laws. */
  readonly ids: readonly string[];
};

const where = 'normlab laws';

/**
 * Reads the flags of `normlab laws`.
 *
 * @throws OptionError for a value out of its range, an unknown name, or an option of a backend that is not asked for
 */
export function readLawsFlags(flags: LawsFlags): LawsRequest {
  const names = flags.backend.split(',').map((name) => oneOf('--backend', name, backendNames));
  const { threads, build, adapter } = flags;
  const wasm: OpenBackendOptions = {
    ...(threads !== undefined && { threads: readCount('--threads', threads, 1, 512) }),
    ...(build !== undefined && { build: oneOf('--build', build, buildNames) }),
  };
  const webgpu: OpenBackendOptions = adapter === undefined ? {} : { adapter };
  for (const [flag, name] of [
    ['threads', 'wasm'],
    ['build', 'wasm'],
    ['adapter', 'webgpu'],
  ] as const) {
    if (flags[flag] === undefined || names.includes(name)) continue;
    throw new OptionError({
      where,
      what: `--${flag}`,
      rule: `come with --backend ${name}`,
      got: flags.backend,
    });
  }
  const optionsOf = { wasm, webgpu, tensorflow: {}, cpu: {} };
  return {
    backends: names.map((name) => ({ name, options: optionsOf[name] })),
    runs: readCount('--runs', flags.runs, 1, Number.MAX_SAFE_INTEGER),
    seed: readCount('--seed', flags.seed, 0, 2 ** 32 - 1),
    ids: flags.only === undefined ? laws.map(({ id }) => id) : flags.only.split(',').flatMap(readLaw),
  };
}

/** The ids that are meant: one, or all of a number that several share (`7`: 7-mean, 7-range, …). */
function readLaw(text: string): readonly string[] {
  const ids = laws.map(({ id }) => id);
  if (ids.includes(text)) return [text];
  const shared = /^\d+$/.test(text) ? ids.filter((id) => id.startsWith(`${text}-`)) : [];
  if (shared.length > 0) return shared;
  throw new OptionError({
    where,
    what: '--only',
    rule: 'hold ids of laws, or numbers from 1 to 20',
    got: text,
    hint: nameHint(text, ids),
  });
}

function oneOf<Name extends string>(what: string, text: string, names: readonly Name[]): Name {
  const found = names.find((each) => each === text);
  if (found !== undefined) return found;
  const several = what === '--backend' ? ', separated by commas' : '';
  throw new OptionError({
    where,
    what,
    rule: `be of ${names.join(', ')}${several}`,
    got: text,
    hint: nameHint(text, names),
  });
}

function readCount(what: string, text: string, least: number, most: number): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= least && count <= most) return count;
  const rule = most === Number.MAX_SAFE_INTEGER ? `≥ ${least}` : `from ${least} to ${most}`;
  throw new OptionError({ where, what, rule: `be an integer ${rule}`, got: text });
}
