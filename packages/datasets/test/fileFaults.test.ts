import type { FileHandle } from 'node:fs/promises';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cifar10, writeCifar10 } from '@normlab/datasets/node';
import { temporaryFolder } from '@normlab/testing';
import { beforeEach, expect, it, vi } from 'vitest';
import { fetchFile } from '../src/node/fetchFile.js';
import { readImageCache, writeImageCache } from '../src/node/imageCache.js';
import { archiveServer, sends } from './archiveServer.js';
import { noiseSplit } from './fixtures.js';

const faults = vi.hoisted(() => ({ halvesWrites: false, failsWrites: false, failsReadsOf: '', opened: 0 }));

vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>();
  const failure = (code: string, syscall: string) =>
    Object.assign(new Error(`${code}: ${syscall}`), { code, syscall });
  return {
    ...fs,
    open: async (...args: Parameters<typeof fs.open>) => {
      const handle = await fs.open(...args);
      faults.opened++;
      const read: FileHandle['read'] = handle.read.bind(handle);
      const write: FileHandle['write'] = handle.write.bind(handle);
      const close = handle.close.bind(handle);
      return Object.assign(handle, {
        read: (target: Uint8Array, offset: number, length: number, position: number) =>
          basename(String(args[0])) === faults.failsReadsOf
            ? Promise.reject(failure('EIO', 'read'))
            : read(target, offset, length, position),
        write: (bytes: Uint8Array, offset: number, length: number, position: number) => {
          if (faults.failsWrites) return Promise.reject(failure('ENOSPC', 'write'));
          return write(bytes, offset, faults.halvesWrites ? Math.ceil(length / 2) : length, position);
        },
        close: () => {
          faults.opened--;
          return close();
        },
      });
    },
  };
});

beforeEach(() =>
  Object.assign(faults, { halvesWrites: false, failsWrites: false, failsReadsOf: '', opened: 0 }),
);

/** Bytes of which no piece is like another. */
const sent = Buffer.from(Array.from({ length: 3000 }, (_, i) => `${i},`).join(''));
const fetched = async () => {
  const { url } = await archiveServer(sends(sent));
  const file = join(await temporaryFolder(), 'file');
  return { url, file, options: { bytes: sent.length, retryDelay: 1, onBytes: () => {} } };
};

it('a write that takes fewer bytes than given does not leave a hole in a download', async () => {
  const { url, file, options } = await fetched();
  faults.halvesWrites = true;
  await fetchFile(url, file, options);
  expect(Buffer.compare(await readFile(file), sent)).toBe(0);
  expect(faults.opened).toBe(0);
});

it('a write that fails ends a download with the system’s error, which names the file, and closes it', async () => {
  const { url, file, options } = await fetched();
  faults.failsWrites = true;
  await expect(fetchFile(url, file, options)).rejects.toMatchObject({ code: 'ENOSPC', path: file });
  expect(faults.opened).toBe(0);
});

it('a read that fails is an error of cifar10 that names the file, and closes it', async () => {
  const dir = join(await temporaryFolder(), 'cifar');
  await writeCifar10(dir, noiseSplit(23, 11));
  expect(await cifar10(dir)).toEqual(noiseSplit(23, 11));
  expect(faults.opened).toBe(0);
  faults.failsReadsOf = 'data_batch_3.bin';
  await expect(cifar10(dir)).rejects.toMatchObject({
    name: 'DataError',
    file: join(dir, 'data_batch_3.bin'),
  });
  expect(faults.opened).toBe(0);
});

it('an image cache is closed after it is read, and after a read that fails', async () => {
  const file = join(await temporaryFolder(), 'cache');
  const { train, test } = noiseSplit(3, 2);
  const filesOf = (labels: Uint8Array) =>
    [...labels].map((label, i) => ({ path: `${i}.png`, label, stamp: `${i}` }));
  const listing = { classes: train.classes, train: filesOf(train.labels), test: filesOf(test.labels) };
  await writeImageCache(file, { train, test }, 'print');
  faults.opened = 0;
  expect(await readImageCache(file, listing, 'print')).toEqual({ train, test });
  expect(faults.opened).toBe(0);
  faults.failsReadsOf = 'cache';
  await expect(readImageCache(file, listing, 'print')).rejects.toMatchObject({ code: 'EIO' });
  expect(faults.opened).toBe(0);
});
