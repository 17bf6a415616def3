import { open, rename, rm } from 'node:fs/promises';
import { onFile } from './fileErrors.js';
import { makeFolder } from './makeFolder.js';
import { withCleanUp } from './withCleanUp.js';

/** The calls that `writeWhole` makes, so that tests can make each of them fail. */
export type FileSystem = {
  readonly mkdir: (folder: string) => Promise<unknown>;
  /** Writes a file; with `sync`, returns once the file is on the disk. */
  readonly write: (path: string, chunks: readonly Uint8Array[], sync: boolean) => Promise<void>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
  /** Returns once the folder's file names are on the disk. */
  readonly syncFolder: (folder: string) => Promise<void>;
};

/** `node:fs`. */
export const nodeFileSystem: FileSystem = {
  mkdir: makeFolder,
  write: (path, chunks, sync) =>
    onFile(path, async () => {
      const file = await open(path, 'w');
      const write = async () => {
        for (const chunk of chunks) await file.writeFile(chunk);
        if (sync) await file.sync();
      };
      await withCleanUp(write, () => file.close());
    }),
  rename,
  remove: (path) => rm(path, { force: true }),
  syncFolder: async (folder) => {
    // Windows cannot open a folder, and need not flush one: its renames are journalled.
    if (process.platform === 'win32') return;
    await onFile(folder, async () => {
      const handle = await open(folder, 'r');
      await withCleanUp(
        () => handle.sync(),
        () => handle.close(),
      );
    });
  },
};
