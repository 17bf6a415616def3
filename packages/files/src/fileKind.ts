import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';

/** What lies at a path, in an error's words. */
export type FileKind =
  | 'nothing there'
  | 'a file'
  | 'an empty folder'
  | 'a folder'
  | 'a pipe'
  | 'a socket'
  | 'a device';

export async function fileKind(path: string): Promise<FileKind> {
  try {
    const kind = kindOf(await stat(path));
    return kind === 'a folder' && (await readdir(path)).length === 0 ? 'an empty folder' : kind;
  } catch (error) {
    if (isMissing(error)) return 'nothing there';
    throw error;
  }
}

/** The kind of what is there, without a look into folders. */
export function kindOf(stats: Pick<Stats, 'isDirectory' | 'isFIFO' | 'isFile' | 'isSocket'>): FileKind {
  if (stats.isFile()) return 'a file';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/** Whether an error of the file system says that there is no such file. */
export function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** `ENOENT` and the like, where the error is one of the file system's. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
