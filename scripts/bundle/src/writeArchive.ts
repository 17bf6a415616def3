import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { NormlabError, OptionError } from '@normlab/errors';
import { create, type Pack } from 'tar';

export type Compression = { readonly method: 'xz' | 'gzip'; readonly fast: boolean };

/** @throws OptionError unless the name ends with .tar.xz or .tar.gz */
export function compressionOf(file: string, fast: boolean): Compression {
  if (file.endsWith('.tar.xz')) return { method: 'xz', fast };
  if (file.endsWith('.tar.gz')) return { method: 'gzip', fast };
  throw new OptionError({
    where: 'bundle:gpu',
    what: '--out',
    rule: 'end with .tar.xz or .tar.gz',
    got: file,
  });
}

/**
 * Packs a folder; the file appears complete and within the limit, or not at all.
 *
 * @returns its size in bytes
 * @throws NormlabError if it is larger than the limit, or `xz` is not installed
 */
export async function writeArchive(
  folder: string,
  out: string,
  { method, fast }: Compression,
  limit: number,
): Promise<number> {
  await mkdir(dirname(out), { recursive: true });
  const part = `${out}.${process.pid}.part`;
  try {
    const packed = create({ cwd: dirname(folder), portable: true }, [basename(folder)]);
    if (method === 'xz') await compressWithXz(packed, part, fast);
    else await pipeline(packed, createGzip({ level: fast ? 1 : 9 }), createWriteStream(part));
    const { size } = await stat(part);
    if (size > limit) throw tooLarge(size, limit);
    await rename(part, out);
    return size;
  } finally {
    await rm(part, { force: true });
  }
}

/** Node has no built-in xz. */
async function compressWithXz(packed: Pack, file: string, fast: boolean): Promise<void> {
  const child = spawn('xz', ['--stdout', fast ? '-0' : '-9'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child, 'spawn').catch((cause: unknown) => {
    throw new NormlabError(
      {
        where: 'bundle:gpu',
        what: 'the program xz',
        rule: 'be installed',
        hint: 'apt-get install xz-utils, or write a .tar.gz: --out FILE.tar.gz',
      },
      { cause },
    );
  });
  const ended = once(child, 'exit');
  await Promise.all([pipeline(packed, child.stdin), pipeline(child.stdout, createWriteStream(file))]);
  const [status] = await ended;
  if (status === 0) return;
  throw new NormlabError({ where: 'bundle:gpu', what: 'xz', rule: 'end with status 0', got: status });
}

function tooLarge(size: number, limit: number): NormlabError {
  const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return new NormlabError({
    where: 'bundle:gpu',
    what: 'the archive',
    rule: `be no larger than ${mebibytes(limit)}`,
    got: mebibytes(size),
    hint: 'a smaller data set with --data, .tar.xz instead of .tar.gz, --no-software, or a larger --limit',
  });
}
