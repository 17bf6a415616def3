import { DataError, NormlabError } from '@normlab/errors';
import { codeOf } from './fileKind.js';

/**
 * Runs `work` and turns the file system's own errors (no permission, disk full, too many open files)
 * into a DataError that names the file.
 */
export async function withFileErrors<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    if (error instanceof NormlabError || code === undefined || !(error instanceof Error)) throw error;
    const file = 'path' in error && typeof error.path === 'string' ? error.path : undefined;
    throw new DataError(
      {
        where,
        what: file ?? 'the file system',
        rule: 'let itself be read and written',
        got: error.message,
        ...(file === undefined ? {} : { file }),
        ...(code in remedies ? { hint: remedies[code]! } : {}),
      },
      { cause: error },
    );
  }
}

const remedies: Readonly<Record<string, string>> = {
  EACCES: 'permission is missing',
  EPERM: 'permission is missing',
  EROFS: 'the place is read-only',
  ENOSPC: 'the disk is full',
  EMFILE: 'too many files are open: raise the limit with ulimit -n',
};
