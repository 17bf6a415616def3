import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The calls that {@link writeWhole} makes, so that tests can let each of them fail. */
export type FileSystem = {
  readonly mkdir: (folder: string) => Promise<unknown>;
  /** Writes a file and returns once the medium has it. */
  readonly writeDurably: (path: string, bytes: Uint8Array) => Promise<void>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
  /** Returns once the medium has the folder's names. */
  readonly syncFolder: (folder: string) => Promise<void>;
};

export type NamedFile = { readonly name: string; readonly bytes: Uint8Array };

/** `node:fs`. */
export const nodeFileSystem: FileSystem = {
  mkdir: (folder) => mkdir(folder, { recursive: true }),
  writeDurably: async (path, bytes) => {
    const file = await open(path, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  },
  rename,
  remove: (path) => rm(path, { force: true }),
  syncFolder: async (folder) => {
    // Windows cannot open a folder and needs no sync of one: its renames are journalled.
    if (process.platform === 'win32') return;
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

/**
 * Replaces files of a folder, each whole or not at all, in the order given.
 *
 * All new contents are on the medium under `<name>.partial` before the first rename: up to there nothing
 * that was in the folder has changed, whatever fails. Each rename is atomic; a process killed between two
 * of them leaves the earlier files new and the later ones old. Leftovers of a killed process are
 * overwritten by the next call.
 */
export async function writeWhole(
  folder: string,
  files: readonly NamedFile[],
  fileSystem: FileSystem = nodeFileSystem,
): Promise<void> {
  const partial = (name: string): string => join(folder, `${name}.partial`);
  await fileSystem.mkdir(folder);
  try {
    for (const { name, bytes } of files) await fileSystem.writeDurably(partial(name), bytes);
    for (const { name } of files) await fileSystem.rename(partial(name), join(folder, name));
    await fileSystem.syncFolder(folder);
  } catch (error) {
    await Promise.allSettled(files.map(({ name }) => fileSystem.remove(partial(name))));
    throw error;
  }
}
