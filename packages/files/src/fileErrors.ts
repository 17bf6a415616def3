import { DataError, NormlabError } from '@normlab/errors';
import { codeOf } from './fileKind.js';

/** A file operation that the system refused. */
export type FileComplaint = {
  /** The function or command that reports the error. */
  readonly where: string;
  /** The faulty file. */
  readonly file: string;
  /** The file's name in the message: its path by default. */
  readonly what?: string;
  /** What must hold: `be a file that can be written`. */
  readonly rule: string;
};

/** The DataError for a file that the system refuses to read or write: the system's message and the remedy. */
export function fileError({ where, file, what = file, rule }: FileComplaint, cause: unknown): DataError {
  const got = cause instanceof Error ? cause.message : cause;
  return new DataError({ where, what, rule, got, file, ...hintFor(cause) }, { cause });
}

/**
 * Runs `work` and turns the file system's own errors (no permission, disk full, too many open files) into a
 * DataError that names the file. Errors of normlab, and errors that are not the system's, pass unchanged.
 *
 * @param place the file or folder to name where the system's error names none, as those of open files do
 */
export async function withFileErrors<T>(where: string, work: () => Promise<T>, place?: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const file = 'path' in error && typeof error.path === 'string' ? error.path : place;
    const rule = 'let itself be read and written';
    if (file !== undefined) throw fileError({ where, file, rule }, error);
    throw new DataError(
      { where, what: 'the file system', rule, got: error.message, ...hintFor(error) },
      { cause: error },
    );
  }
}

/**
 * Runs `work` on a file; a system's error that names no file, as those of open files do, names this one.
 *
 * @throws the error of `work`
 */
export async function onFile<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isSystemError(error) && !('path' in error)) Object.assign(error, { path: file });
    throw error;
  }
}

/** Whether a call of the operating system failed, such as one on a file. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  const isOurs = error instanceof NormlabError;
  return !isOurs && error instanceof Error && codeOf(error) !== undefined && 'syscall' in error;
}

/** What the code of a system's error means, and what to do about it; undefined for an error without one. */
export function plainReason(cause: unknown): string | undefined {
  return remedies[codeOf(cause) ?? ''];
}

function hintFor(cause: unknown): { hint?: string } {
  const hint = plainReason(cause);
  return hint === undefined ? {} : { hint };
}

const remedies: Readonly<Record<string, string>> = {
  EACCES: 'permission is missing: change it with chmod or chown, or choose another place',
  EPERM: 'permission is missing: change it with chmod or chown, or choose another place',
  EROFS: 'the place is read-only: choose another one',
  ENOSPC: 'the disk is full: free space, then call the command again',
  EDQUOT: 'the quota of the disk is used up: free space, then call the command again',
  EIO: 'the disk or the network to it failed: check it, then call the command again',
  ESTALE: 'the disk or the network to it failed: check it, then call the command again',
  ETIMEDOUT: 'the disk or the network to it failed: check it, then call the command again',
  EBUSY: 'another program uses it',
  EFBIG: 'the file is larger than the system allows',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file, not a folder',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its symbolic links lead in a circle',
  ENFILE: 'too many files are open in the whole system',
  EMFILE: 'too many files are open: raise the limit with ulimit -n',
};
