import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@normlab/errors';
import { codeOf, removeStalePartials } from '@normlab/files';
import * as tar from 'tar';

export type UnpackOptions = {
  /** The one folder that the archive must hold. */
  readonly folder: string;
  readonly onBytes: (done: number, total: number) => void;
};

/**
 * Unpacks a .tar.gz that holds one folder: `dir/<folder>` appears whole or not at all.
 *
 * All entries are looked at before the first is written: plain files and folders below `folder`, and
 * nothing else; so no link, no absolute path and no `..` gets as far as the disk.
 *
 * @throws DataError that names the entry, or for an archive that is cut off or none
 */
export async function unpackArchive(
  file: string,
  dir: string,
  { folder, onBytes }: UnpackOptions,
): Promise<void> {
  const total = await checkEntries(file, folder);
  const hidden = join(dir, `.${folder}`);
  await removeStalePartials(hidden);
  const scratch = `${hidden}.${randomUUID()}.partial`;
  await mkdir(scratch);
  try {
    let done = 0;
    await reading(file, () =>
      tar.extract({
        file,
        cwd: scratch,
        strict: true,
        preserveOwner: false,
        onReadEntry: ({ size }) => {
          done += size;
          onBytes(done, total);
        },
      }),
    );
    await rename(join(scratch, folder), join(dir, folder));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** @returns the bytes that all files take together */
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

/** Turns what tar says of a damaged archive into a DataError; errors of the file system pass. */
async function reading(file: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const code = codeOf(error);
    const ofArchive =
      code === undefined || code.startsWith('TAR_') || code.startsWith('Z_') || 'tarCode' in Object(error);
    if (!ofArchive) throw error;
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
