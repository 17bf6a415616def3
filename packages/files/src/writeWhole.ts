import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { refuseOthers } from '@normlab/errors';
import { codeOf } from './fileKind.js';
import { type FileSystem, nodeFileSystem } from './fileSystem.js';

/**
 * What the written files survive: `kill`, a kill of the process at any instant; `power-loss`, also a crash of the
 * machine, for which contents and names are flushed to the disk.
 */
export type Durability = 'kill' | 'power-loss';

/** A file of a folder; its content is a list of chunks, or text written as UTF-8. */
export type NamedFile = { readonly name: string; readonly content: readonly Uint8Array[] | string };

export type WriteWholeOptions = {
  readonly survives: Durability;
  /**
   * `several` if several processes may write these files at once: each process then uses a partial name of its own, and
   * the partial file of a killed process stays until `removeStalePartials`. With `one`, the default, the next call
   * overwrites it.
   */
  readonly writers?: 'one' | 'several';
  /** `node:fs` by default. */
  readonly fileSystem?: FileSystem;
};

/**
 * Replaces files of a folder, each completely or not at all, in the order given. Creates the folder if it is missing.
 *
 * All new contents are written under `<name>.partial` before the first rename: whatever fails until then, the existing
 * files are unchanged. Each rename is atomic; a process killed between two renames leaves the earlier files new and the
 * later files old.
 *
 * A file system that cannot flush a folder (EINVAL, ENOTSUP, EOPNOTSUPP, ENOSYS: some network and user-space file
 * systems) cannot do more: the files are written, and the call succeeds.
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
  { survives, writers = 'one', fileSystem = nodeFileSystem, ...others }: WriteWholeOptions,
): Promise<void> {
  refuseOthers('writeWhole', others, ['survives', 'writers', 'fileSystem']);
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

/** Error codes of file systems that cannot fsync a folder: fsync(2), and FUSE's default for a missing handler. */
const withoutFolderSync: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);
