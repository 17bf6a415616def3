import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';

/** What exists at a path, as error messages say it. */
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

/** The kind of a file or folder, without checking whether a folder is empty. */
export function kindOf(stats: Pick<Stats, 'isDirectory' | 'isFIFO' | 'isFile' | 'isSocket'>): FileKind {
  if (stats.isFile()) return 'a file';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/** Whether an error says that the file does not exist. */
export function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The code of a file system error, such as `ENOENT`; undefined for other errors. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
