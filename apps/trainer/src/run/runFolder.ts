import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { OptionError } from '@normlab/errors';
import type { Settings } from '../settings/settings.js';
import type { RunConfig } from './runConfig.js';
import { unwritable, writeWhole } from './writeWhole.js';

/** What a run was started with. */
export const configFile = 'config.json';

/**
 * `runs/<model>-<norm>-<dataset>-seed<seed>`, where `--out` names no other; with `-2`, `-3`, … behind it
 * where that is taken, so that the same command can be given again.
 */
export function defaultFolder({ model, spec, norm, dataset, seed }: Settings): string {
  const network = model ?? basename(spec ?? 'network', '.json');
  const parts = [network, norm, dataset, `seed${seed}`].filter((part) => part !== undefined);
  const first = join('runs', parts.join('-'));
  let folder = first;
  for (let count = 2; existsSync(folder); count++) folder = `${first}-${count}`;
  return folder;
}

/**
 * Checks that a new run may have a folder: it does not exist, or is empty.
 *
 * @throws OptionError that says what is there, and how to go on with a run
 */
export function checkFree(folder: string): void {
  if (!existsSync(folder)) return;
  const where = 'normlab train';
  if (!statSync(folder).isDirectory()) {
    throw new OptionError({ where, what: '--out', rule: 'be a folder, but a file is there', got: folder });
  }
  if (readdirSync(folder).length === 0) return;
  const isRun = existsSync(join(folder, configFile));
  throw new OptionError({
    where,
    what: '--out',
    rule: isRun ? 'not hold another run' : 'be a new or empty folder',
    got: folder,
    hint: isRun ? `go on with that run by --resume ${folder}, or name another --out` : 'name another --out',
  });
}

/**
 * Makes a run's folder with its `config.json`, or nothing at all.
 *
 * @throws DataError if it cannot be written
 */
export function createRunFolder(folder: string, config: RunConfig): void {
  let first: string | undefined;
  try {
    first = mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw unwritable(folder, cause);
  }
  try {
    writeWhole(join(folder, configFile), `${JSON.stringify(config, null, 2)}\n`);
  } catch (error) {
    if (first !== undefined) rmSync(first, { recursive: true, force: true });
    throw error;
  }
}
