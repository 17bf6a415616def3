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
 * DataError that names the file. Errors of normlab, and errors without a code, pass unchanged.
 */
export async function withFileErrors<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NormlabError || codeOf(error) === undefined || !(error instanceof Error))
      throw error;
    const file = 'path' in error && typeof error.path === 'string' ? error.path : undefined;
    const rule = 'let itself be read and written';
    if (file !== undefined) throw fileError({ where, file, rule }, error);
    const what = 'the file system';
    throw new DataError({ where, what, rule, got: error.message, ...hintFor(error) }, { cause: error });
  }
}

function hintFor(cause: unknown): { hint?: string } {
  const hint = remedies[codeOf(cause) ?? ''];
  return hint === undefined ? {} : { hint };
}

const remedies: Readonly<Record<string, string>> = {
  EACCES: 'permission is missing',
  EPERM: 'permission is missing',
  EROFS: 'the place is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'the file is larger than the system allows',
  EISDIR: 'it is a folder',
  EMFILE: 'too many files are open: raise the limit with ulimit -n',
};
