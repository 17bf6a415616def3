import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DataError } from '@normlab/errors';
import { decodeText, fileError, isMissing, readPlainFile } from '@normlab/files';
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
  const file = join(folder, 'config.json');
  const config = await contentOf(file);
  if (config === undefined) {
    const rule = 'be the folder of a run, with its config.json';
    throw new DataError({ where: 'readRun', what: folder, rule, file: folder });
  }
  const metrics = await contentOf(join(folder, 'metrics.jsonl'));
  return parseRunLog({
    name: basename(folder),
    // A person may have edited it, and some editors begin a file with a byte order mark.
    config: decodeText(config, { where: 'run log', what: file, file }),
    metrics: metrics?.toString() ?? '',
    isRunning,
  });
}

/**
 * The folders of runs directly inside a folder, in the order of their names; numbers count as numbers. A folder whose
 * `config.json` cannot be read is one of them: {@link readRun} says why.
 */
export async function runFolders(folder: string): Promise<string[]> {
  let entries: string[];
  try {
    entries = await readdir(folder);
  } catch (cause) {
    throw fileError({ where: 'runFolders', file: folder, rule: 'be a folder that can be read' }, cause);
  }
  const isRun = await Promise.all(
    entries.map((entry) => {
      return contentOf(join(folder, entry, 'config.json')).then(
        (content) => content !== undefined,
        () => true,
      );
    }),
  );
  return entries
    .filter((_, index) => isRun[index])
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((entry) => join(folder, entry));
}

/** A file's bytes; undefined if the file does not exist. */
async function contentOf(file: string): Promise<Buffer | undefined> {
  try {
    return await readPlainFile(file, { where: 'run log' });
  } catch (error) {
    if (error instanceof DataError && isMissing(error.cause)) return undefined;
    throw error;
  }
}
