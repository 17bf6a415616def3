import { readdirSync, statSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DataError, OptionError } from '@normlab/errors';
import {
  fileError,
  fileExists,
  isMissing,
  makeFolder,
  takeLock,
  tryLock,
  withFileErrors,
  writeWhole,
} from '@normlab/files';
import type { Settings } from '../settings/settings.js';
import { shellWord } from '../terminal/shellWord.js';
import { configFile } from './configFile.js';
import type { RunConfig } from './runConfig.js';
import { runName } from './runName.js';

/** A run folder that no other process writes into. */
export type ClaimedFolder = {
  readonly folder: string;
  /** Releases the folder; a folder that was created for the claim and is still empty is removed. */
  release(): Promise<void>;
};

const where = 'normlab train';
/** The subfolder of a run with the checkpoint of its best evaluation. */
export const bestFolder = 'best';
/** The subfolder with the best one before the end, if the end is the best but a longer run does not evaluate there. */
export const bestBeforeEndFolder = 'best-before-end';
const lockFile = '.lock';
/** The default parent folder of runs. */
const runsFolder = 'runs';

/** A folder in `runs`, named by {@link runName}; `-2`, `-3`, … distinguish runs of the same name. */
function defaultFolder(settings: Settings, count: number): string {
  return join(runsFolder, count > 1 ? `${runName(settings)}-${count}` : runName(settings));
}

/**
 * Checks that a new run may use a folder: the folder does not exist, or holds only the files of a run that was killed
 * before it began.
 *
 * @throws OptionError that says what is there, and how to resume an existing run
 */
export function checkFree(folder: string): void {
  const names = namesIn(folder);
  if (names === undefined) return;
  if (names === 'a file') {
    throw new OptionError({ where, what: '--out', rule: 'be a folder, but a file is there', got: folder });
  }
  if (names.every(isBeforeBeginning)) return;
  const isRun = names.includes(configFile);
  throw new OptionError({
    where,
    what: '--out',
    rule: isRun ? 'not hold another run' : 'be a new or empty folder',
    got: folder,
    hint: isRun
      ? `go on with that run by --resume ${shellWord(folder)}, or name another --out`
      : 'name another --out',
  });
}

/**
 * Claims the folder of a new run: `--out`, or the first free default name.
 *
 * @throws OptionError if `--out` is taken; DataError if another process has claimed it, or it cannot be made
 */
export async function claimNew(out: string | undefined, settings: Settings): Promise<ClaimedFolder> {
  if (out !== undefined) {
    const claimed = await claim(out, () => takeLock(join(out, lockFile), { where, what: out }));
    try {
      // Checked under the lock: another run may have started and ended since the flags were read.
      checkFree(out);
      return claimed;
    } catch (error) {
      await claimed.release().catch(() => {});
      throw error;
    }
  }
  for (let count = 1; ; count++) {
    const folder = defaultFolder(settings, count);
    if (!isFree(folder)) continue;
    const claimed = await claim(folder, async () => {
      const taken = await tryLock(join(folder, lockFile));
      return 'holder' in taken ? undefined : taken;
    });
    if (claimed !== undefined && isFree(folder)) return claimed;
    await claimed?.release();
  }
}

/** @throws DataError if another process writes into the run's folder */
export function claimRun(folder: string): Promise<ClaimedFolder> {
  return claim(folder, () => takeLock(join(folder, lockFile), { where, what: folder }));
}

/**
 * Starts a run in a claimed folder: writes its `config.json`, completely or not at all.
 *
 * @throws DataError if it cannot be written
 */
export async function writeConfig(folder: string, config: RunConfig): Promise<void> {
  const content = `${JSON.stringify(config, null, 2)}\n`;
  try {
    await writeWhole(folder, [{ name: configFile, content }], { survives: 'power-loss' });
  } catch (cause) {
    const rule = 'be a file that can be written';
    throw fileError({ where: 'run folder', file: join(folder, configFile), rule }, cause);
  }
}

/** @throws DataError if a run's folder no longer exists */
export function checkInPlace(folder: string): void {
  if (fileExists(join(folder, configFile), { where: 'run folder' })) return;
  const rule = 'stay in place while the run is training';
  throw new DataError({ where: 'run folder', what: folder, rule, got: 'nothing there', file: folder });
}

type Lock = Omit<ClaimedFolder, 'folder'>;

async function claim<Taken extends Lock | undefined>(
  folder: string,
  lock: () => Promise<Taken>,
): Promise<ClaimedFolder | Extract<Taken, undefined>> {
  const first = await withFileErrors('run folder', () => makeFolder(folder));
  const made = first === undefined ? [] : madeFolders(folder, first);
  let taken: Taken;
  try {
    taken = await withFileErrors('run folder', lock);
  } catch (error) {
    await removeEmpty(made);
    throw error;
  }
  if (taken === undefined) return taken as Extract<Taken, undefined>;
  return {
    folder,
    release: async () => {
      await withFileErrors('run folder', async () => taken?.release());
      // Of several runs started at once, only the first created their common parent folder.
      await removeEmpty(dirname(folder) === runsFolder && made.length === 1 ? [...made, runsFolder] : made);
    },
  };
}

/** The folder and the parent folders that were created for it, the innermost first. */
function madeFolders(folder: string, first: string): string[] {
  const made = [folder];
  for (let each = resolve(folder); each !== resolve(first) && each !== dirname(each); ) {
    each = dirname(each);
    made.push(each);
  }
  return made;
}

/** Removes folders as long as they are empty. */
async function removeEmpty(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    try {
      await rmdir(folder);
    } catch {
      return;
    }
  }
}

function isFree(folder: string): boolean {
  const names = namesIn(folder);
  return names === undefined || (names !== 'a file' && names.every(isBeforeBeginning));
}

/**
 * The names in a folder; undefined if nothing is there.
 *
 * @throws DataError if the system refuses to list it
 */
function namesIn(folder: string): readonly string[] | 'a file' | undefined {
  try {
    return statSync(folder).isDirectory() ? readdirSync(folder) : 'a file';
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw fileError({ where: 'run folder', file: folder, rule: 'be a folder that can be read' }, cause);
  }
}

/** Whether a file may exist in a folder whose run has not begun: locks and an unfinished config. */
function isBeforeBeginning(name: string): boolean {
  return name === lockFile || name.startsWith(`${lockFile}.`) || name === `${configFile}.partial`;
}
