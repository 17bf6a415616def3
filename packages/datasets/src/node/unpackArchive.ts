import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { DataError } from '@normlab/errors';
import { codeOf, makeFolder, onFile, removeStalePartials, withCleanUp } from '@normlab/files';
import * as tar from 'tar';

export type UnpackOptions = {
  /** The one folder that the archive must hold. */
  readonly folder: string;
  readonly onBytes: (done: number, total: number) => void;
  /** Once aborted, no further entry is written, and what was written is removed. */
  readonly signal?: AbortSignal;
};

/**
 * Unpacks a .tar.gz that holds one folder: `dir/<folder>` appears completely or not at all.
 *
 * All entries are checked before the first is written: only plain files and folders below `folder` are allowed, so no
 * link, absolute path or `..` reaches the disk. Modes are not taken from the archive: files are made readable, never
 * executable and never setuid.
 *
 * @throws DataError that names the entry; DataError if the file is cut off or is not an archive; the system's error if
 *   the disk is full or a file cannot be created, and the signal's reason once it is aborted (no written file is left
 *   then)
 */
export async function unpackArchive(
  file: string,
  dir: string,
  { folder, onBytes, signal }: UnpackOptions,
): Promise<void> {
  const total = await checkEntries(file, folder);
  const hidden = join(dir, `.${folder}`);
  await removeStalePartials(hidden);
  const scratch = `${hidden}.${randomUUID()}.partial`;
  await mkdir(scratch);
  try {
    let done = 0;
    await reading(file, () =>
      extract(file, async (entry) => {
        // Skipped, not thrown: `reading` would take the signal's reason for a fault of the archive.
        if (signal?.aborted) {
          entry.resume();
          return;
        }
        await writeEntry(entry, scratch);
        done += entry.size;
        onBytes(done, total);
      }),
    );
    signal?.throwIfAborted();
    await rename(join(scratch, folder), join(dir, folder));
  } catch (error) {
    // An error while removing the scratch folder is less important than the original error.
    await rm(scratch, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
  await rm(scratch, { recursive: true, force: true });
}

/**
 * Processes the entries of an archive one after the other. After the first error no further entry is started, and the
 * current one has ended when this returns: nothing is written afterwards.
 */
async function extract(file: string, take: (entry: tar.ReadEntry) => Promise<void>): Promise<void> {
  const input = createReadStream(file, { highWaterMark: 1 << 20 });
  let writing = Promise.resolve();
  let current: tar.ReadEntry | undefined;
  let hasFailed = false;
  try {
    await new Promise<void>((resolve, reject) => {
      const parser = new tar.Parser({
        strict: true,
        onReadEntry: (entry) => {
          writing = writing.then(() => {
            if (hasFailed) return;
            current = entry;
            return take(entry);
          });
          writing.catch(reject);
        },
      });
      parser.on('end', resolve);
      parser.on('error', reject);
      // Of a read that fails, Node says no path.
      input.on('error', (error) => reject(Object.assign(error, { path: file })));
      input.pipe(parser);
    });
    await writing;
  } catch (error) {
    hasFailed = true;
    input.destroy();
    current?.destroy(error);
    await writing.catch(() => {});
    throw error;
  }
}

async function writeEntry(entry: tar.ReadEntry, scratch: string): Promise<void> {
  const path = join(scratch, entry.path);
  if (!isFile(entry.type)) {
    entry.resume();
    await makeFolder(path);
    return;
  }
  await makeFolder(dirname(path));
  const target = await open(path, 'w', 0o644);
  const write = async () => {
    for await (const chunk of entry) await target.writeFile(chunk);
  };
  await onFile(path, () => withCleanUp(write, () => target.close()));
}

/** @returns the total size of all files in bytes */
async function checkEntries(file: string, folder: string): Promise<number> {
  const faults: DataError[] = [];
  let total = 0;
  let files = 0;
  await reading(file, () =>
    tar.list({
      file,
      strict: true,
      onReadEntry: ({ path, type, size }) => {
        const rule = brokenRule(path, type, folder);
        if (rule !== undefined) faults.push(badEntry(file, path, type, rule));
        total += size;
        if (isFile(type)) files++;
      },
    }),
  );
  if (faults.length > 0) throw faults[0];
  if (files === 0) throw badEntry(file, folder, 'nothing', 'hold at least one file');
  return total;
}

function brokenRule(path: string, type: string, folder: string): string | undefined {
  if (!isFile(type) && type !== 'Directory') return 'be a plain file or a folder';
  const parts = path.replaceAll('\\', '/').replace(/\/$/, '').split('/');
  if (parts.includes('..')) return 'have no ".." in its path';
  if (parts[0] !== folder || (parts.length === 1 && type !== 'Directory'))
    return `lie in the folder ${folder}`;
  return undefined;
}

function isFile(type: string): boolean {
  return type === 'File' || type === 'OldFile' || type === 'ContiguousFile';
}

function badEntry(file: string, path: string, type: string, rule: string): DataError {
  return new DataError({
    where: 'download',
    what: `entry "${path}" of ${file}`,
    rule,
    got: type,
    hint: 'nothing was unpacked and the archive was removed',
    file,
  });
}

/** Turns tar's errors about a damaged archive into a DataError; errors of the file system pass unchanged. */
async function reading(file: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const code = codeOf(error);
    // tar adds its own code to errors of the system; only the system's code distinguishes a full disk from a bad
    // archive.
    if (code !== undefined && Object.hasOwn(constants.errno, code)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(
      {
        where: 'download',
        what: file,
        rule: 'be a whole .tar.gz archive',
        got: reason,
        hint: 'nothing was unpacked and the archive was removed',
        file,
      },
      { cause: error },
    );
  }
}
