import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, nameHint, OptionError, refuseOthers } from '@normlab/errors';
import { fileKind, makeFolder, onFile, takeLock, withCleanUp, withFileErrors } from '@normlab/files';
import { checkFinite, checkInteger } from '../checkNumber.js';
import { type Archive, archives } from './archives.js';
import { unpackArchive } from './unpackArchive.js';

export type DownloadOptions = {
  /** Another address of the same archive. */
  readonly url?: string;
  /** Called while bytes arrive, are checked and are unpacked. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /**
   * Stops the transfer, the check or the unpacking: the call rejects with the signal's reason. The bytes received so far
   * are kept, and the next call resumes there.
   */
  readonly signal?: AbortSignal;
  /** Milliseconds to wait before an interrupted transfer is resumed; 1 000 by default. */
  readonly retryDelay?: number;
};

export type DownloadProgress = {
  readonly phase: 'fetch' | 'check' | 'unpack';
  /** Bytes of the archive fetched or checked; while unpacking, bytes written. */
  readonly done: number;
  readonly total: number;
};

/**
 * Downloads the official binary version of a data set and unpacks it into `dir`.
 *
 * An interrupted transfer is resumed where it stopped, also by a later call (the partial file is kept in `dir` as
 * `….partial`). Length and SHA-256 are checked before anything is unpacked. The data's folder appears completely or not
 * at all; if it already exists, nothing is done. Of two simultaneous downloads of one archive into one folder, the
 * second is refused.
 *
 * @returns the data's folder, for `cifar10` or `cifar100`
 * @throws OptionError for an unknown name, a malformed address or a delay that is out of range; DataError if the server
 * does not answer, the archive has another length or SHA-256, an entry in it would be written outside its folder, or
 * another process is downloading it into the same folder
 */
export function download(
  name: keyof typeof archives,
  dir: string,
  options: DownloadOptions = {},
): Promise<string> {
  if (!Object.hasOwn(archives, name)) {
    const names = Object.keys(archives);
    return Promise.reject(
      new OptionError({
        where: 'download',
        what: 'name',
        rule: `be one of ${names.join(', ')}`,
        got: name,
        hint: nameHint(name, names),
      }),
    );
  }
  return downloadArchive(archives[name], dir, options);
}

/** The longest delay of Node's timers, in milliseconds: they take a longer one for 1. */
const longestDelay = 2 ** 31 - 1;

/** {@link download} for any archive (.tar.gz) of known length and SHA-256 that holds one folder. */
export function downloadArchive(
  archive: Archive,
  dir: string,
  { url = archive.url, onProgress = () => {}, signal, retryDelay = 1000, ...others }: DownloadOptions = {},
): Promise<string> {
  refuseOthers('download', others, ['url', 'onProgress', 'signal', 'retryDelay']);
  return withFileErrors('download', async () => {
    checkFinite('download', 'retryDelay', retryDelay, 0, longestDelay);
    checkInteger('download', 'archive.bytes', archive.bytes, 1);
    checkAddress(url);
    const place = join(dir, archive.folder);
    if ((await fileKind(place)) === 'a folder') return place;
    await makeFolder(dir);
    const lock = await takeLock(join(dir, `.${archive.folder}.lock`), { where: 'download', what: place });
    const work = async () => {
      // Another download may have finished between the check above and taking the lock.
      if ((await fileKind(place)) === 'a folder') return;
      await fetchAndUnpack(archive, dir, {
        url,
        onProgress,
        retryDelay,
        ...(signal !== undefined && { signal }),
      });
    };
    await withCleanUp(work, () => lock.release());
    return place;
  });
}

async function fetchAndUnpack(
  archive: Archive,
  dir: string,
  { url, onProgress, signal, retryDelay }: DownloadOptions & Required<Omit<DownloadOptions, 'signal'>>,
): Promise<void> {
  const partial = join(dir, `${archive.folder}.tar.gz.partial`);
  // Here, as undici alone is a hundred modules, which programs that only read images would load too.
  const { fetchFile } = await import('./fetchFile.js');
  await fetchFile(url, partial, {
    bytes: archive.bytes,
    retryDelay,
    onBytes: (done) => onProgress({ phase: 'fetch', done, total: archive.bytes }),
    ...(signal === undefined ? {} : { signal }),
  });
  await checkHash(partial, url, archive, (done) => {
    onProgress({ phase: 'check', done, total: archive.bytes });
    signal?.throwIfAborted();
  });
  try {
    await unpackArchive(partial, dir, {
      folder: archive.folder,
      onBytes: (done, total) => onProgress({ phase: 'unpack', done, total }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    // No later call could use a bad archive; after a full disk, a later call can use the kept one.
    if (error instanceof DataError) await rm(partial, { force: true }).catch(() => {});
    throw error;
  }
  await rm(partial, { force: true });
}

function checkAddress(url: string): void {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new OptionError({
      where: 'download',
      what: 'url',
      rule: 'be an address that begins with http:// or https://',
      got: url,
    });
  }
}

async function checkHash(
  file: string,
  url: string,
  { sha256 }: Archive,
  onBytes: (done: number) => void,
): Promise<void> {
  const hash = createHash('sha256');
  let done = 0;
  await onFile(file, async () => {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
      hash.update(chunk);
      done += chunk.length;
      onBytes(done);
    }
  });
  const found = hash.digest('hex');
  if (found === sha256) return;
  await rm(file, { force: true });
  throw new DataError({
    where: 'download',
    what: `the SHA-256 of ${url}`,
    rule: `be ${sha256}`,
    got: found,
    hint: 'nothing was unpacked and the archive was removed; download it again, or from another address',
    file,
  });
}
