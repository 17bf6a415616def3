import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { codeOf } from './fileKind.js';
import { type FileSystem, nodeFileSystem } from './fileSystem.js';

/**
 * What written files outlive: `kill`, the death of the process at any instant; `power-loss`, that of the machine
 * too, for which contents and names are flushed to the medium.
 */
export type Durability = 'kill' | 'power-loss';

/** A file of a folder; its content is the chunks one after the other, or a text in UTF-8. */
export type NamedFile = { readonly name: string; readonly content: readonly Uint8Array[] | string };

export type WriteWholeOptions = {
  readonly survives: Durability;
  /**
   * Whether `several` processes may write these files at once: each then has a partial name of its own, and what a
   * killed process left half-written stays until `removeStalePartials`. With `one`, the default, the next call
   * overwrites it.
   */
  readonly writers?: 'one' | 'several';
  /** `node:fs` by default. */
  readonly fileSystem?: FileSystem;
};

/**
 * Replaces files of a folder, each whole or not at all, in the order given. The folder is made if it is missing.
 *
 * All new contents are written under `<name>.partial` before the first rename: up to there nothing that was in the
 * folder has changed, whatever fails. Each rename is atomic; a process killed between two of them leaves the earlier
 * files new and the later ones old.
 *
 * A file system that cannot flush a folder (EINVAL, ENOTSUP, EOPNOTSUPP, ENOSYS: some network and user-space file
 * systems) has nothing more to offer: the files are there, and the call succeeds.
 *
 * @throws the file system's error, with no partial file left; see `withFileErrors`
 *
 * @example
 * ```ts
 * await writeWhole('runs/1', [{ name: 'config.json', content: '{}\n' }], { survives: 'power-loss' });
 * ```
 */
export async function writeWhole(
  folder: string,
  files: readonly NamedFile[],
  { survives, writers = 'one', fileSystem = nodeFileSystem }: WriteWholeOptions,
): Promise<void> {
  const sync = survives === 'power-loss';
  const ending = writers === 'one' ? 'partial' : `${randomUUID()}.partial`;
  const partial = (name: string): string => join(folder, `${name}.${ending}`);
  await fileSystem.mkdir(folder);
  try {
    for (const { name, content } of files) await fileSystem.write(partial(name), chunksOf(content), sync);
    for (const { name } of files) await fileSystem.rename(partial(name), join(folder, name));
    if (sync) await syncFolder(folder, fileSystem);
  } catch (error) {
    await Promise.allSettled(files.map(({ name }) => fileSystem.remove(partial(name))));
    throw error;
  }
}

function chunksOf(content: NamedFile['content']): readonly Uint8Array[] {
  return typeof content === 'string' ? [new TextEncoder().encode(content)] : content;
}

async function syncFolder(folder: string, fileSystem: FileSystem): Promise<void> {
  try {
    await fileSystem.syncFolder(folder);
  } catch (error) {
    if (!withoutFolderSync.has(codeOf(error) ?? '')) throw error;
  }
}

/** What file systems answer that know no fsync of a folder: fsync(2), and FUSE's default for a missing handler. */
const withoutFolderSync: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);
