import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Archive, type DownloadOptions, downloadArchive } from '@normlab/datasets/node';
import { expect } from 'vitest';
import { tarball } from './tarball.js';

/** The archive of these tests, and what is in its first file. */
export const content = 'picture '.repeat(40_000);
export const good = tarball([
  { path: 'data/', type: '5' },
  { path: 'data/a.bin', content },
  { path: 'data/names.txt', content: 'ant\nbee\n' },
]);

export function archiveOf(bytes: Buffer): Archive {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { url: 'http://127.0.0.1:9/', bytes: bytes.length, sha256, folder: 'data' };
}

/** Downloads an archive without waiting between attempts. */
export function get(bytes: Buffer, dir: string, options: DownloadOptions): Promise<string> {
  return downloadArchive(archiveOf(bytes), dir, { retryDelay: 0, ...options });
}

export async function expectWhole(dir: string): Promise<void> {
  expect(await readdir(dir)).toEqual(['data']);
  expect((await readdir(join(dir, 'data'))).sort()).toEqual(['a.bin', 'names.txt']);
  expect(await readFile(join(dir, 'data/a.bin'), 'utf8')).toBe(content);
}

/** The message without the parts that change from run to run. */
export async function complaintOf(promise: Promise<unknown>, dir: string): Promise<string> {
  const error = await promise.then(
    () => new Error('nothing went wrong'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error) || error.name !== 'DataError') throw error;
  return error.message
    .replaceAll(dir, '<dir>')
    .replaceAll(/127\.0\.0\.1:\d+/g, '<host>')
    .replaceAll(/\b[0-9a-f]{64}\b/g, '<sha256>')
    .replaceAll(`${good.length}`, '<length>')
    .replaceAll(`${good.length + 7}`, '<length + 7>');
}
