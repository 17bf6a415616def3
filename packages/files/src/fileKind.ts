import { readdir, stat } from 'node:fs/promises';

/** What lies at a path, in an error's words. */
export type FileKind = 'nothing there' | 'a file' | 'an empty folder' | 'a folder';

export async function fileKind(path: string): Promise<FileKind> {
  try {
    if (!(await stat(path)).isDirectory()) return 'a file';
    return (await readdir(path)).length === 0 ? 'an empty folder' : 'a folder';
  } catch (error) {
    if (isMissing(error)) return 'nothing there';
    throw error;
  }
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
