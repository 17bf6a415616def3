import type { FileHandle } from 'node:fs/promises';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, takeLock } from '@normlab/files';
import { temporaryFolder } from '@normlab/testing';
import { beforeEach, expect, it, vi } from 'vitest';

const faults = vi.hoisted(() => ({ halvesReads: false, failsRemovals: false }));

vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>();
  return {
    ...fs,
    open: async (...args: Parameters<typeof fs.open>) => {
      const handle = await fs.open(...args);
      const read: FileHandle['read'] = handle.read.bind(handle);
      const halved = (target: Uint8Array, offset: number, length: number, position: number) =>
        read(target, offset, faults.halvesReads ? Math.ceil(length / 2) : length, position);
      return Object.assign(handle, { read: halved });
    },
    // As Node's readFile, which takes a read of fewer bytes than the file has for its end.
    readFile: async (...args: Parameters<typeof fs.readFile>) => {
      const content = await fs.readFile(...args);
      return faults.halvesReads ? content.slice(0, content.length / 2) : content;
    },
    rm: (...args: Parameters<typeof fs.rm>) =>
      faults.failsRemovals
        ? Promise.reject(Object.assign(new Error('EIO: i/o error, unlink'), { code: 'EIO' }))
        : fs.rm(...args),
  };
});

beforeEach(() => Object.assign(faults, { halvesReads: false, failsRemovals: false }));

it('a read that gives fewer bytes than asked for does not cut JSON off', async () => {
  const file = join(await temporaryFolder(), 'a.json');
  const value = { text: 'x'.repeat(100) };
  await writeFile(file, JSON.stringify(value));
  faults.halvesReads = true;
  expect(await readJson(file, { where: 'here' })).toEqual(value);
});

it('a lock is taken although the file from which it was linked cannot be removed', async () => {
  const folder = await temporaryFolder();
  faults.failsRemovals = true;
  const lock = await takeLock(join(folder, '.lock'), { where: 'here', what: folder });
  faults.failsRemovals = false;
  await lock.release();
  expect(await readdir(folder)).not.toContain('.lock');
});
