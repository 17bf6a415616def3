import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DataError } from '@normlab/errors';
import { parseRunLog, type RunLog } from '../runLog.js';

/**
 * Reads a run's folder: `config.json` and `metrics.jsonl`, complete or thinned to its epochs and evaluations.
 *
 * @param isRunning whether a process is writing to the folder, which the logs alone do not show
 * @throws DataError if `config.json` is missing or either file is not a run's
 */
export async function readRun(
  folder: string,
  { isRunning = false }: { readonly isRunning?: boolean } = {},
): Promise<RunLog> {
  const config = await textOf(join(folder, 'config.json'));
  if (config === undefined) {
    const rule = 'be the folder of a run, with its config.json';
    throw new DataError({ where: 'readRun', what: folder, rule, file: folder });
  }
  const metrics = (await textOf(join(folder, 'metrics.jsonl'))) ?? '';
  return parseRunLog({ name: basename(folder), config, metrics, isRunning });
}

/** The folders of runs directly inside a folder, in the order of their names; numbers count as numbers. */
export async function runFolders(folder: string): Promise<string[]> {
  let entries: string[];
  try {
    entries = await readdir(folder);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : cause;
    const complaint = { where: 'runFolders', what: folder, rule: 'be a folder that can be read', got };
    throw new DataError({ ...complaint, file: folder }, { cause });
  }
  const isRun = await Promise.all(
    entries.map(async (entry) => (await textOf(join(folder, entry, 'config.json'))) !== undefined),
  );
  return entries
    .filter((_, index) => isRun[index])
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((entry) => join(folder, entry));
}

/** A file's text; undefined where there is none. */
async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const got = cause instanceof Error ? cause.message : cause;
    throw new DataError(
      { where: 'run log', what: file, rule: 'be a file that can be read', got, file },
      { cause },
    );
  }
}
