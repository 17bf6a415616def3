import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { unpackArchive } from '../src/node/unpackArchive.js';
import { tarball } from './tarball.js';

/** The number of the call of `open` or of a write that fails, from 1; 0 for no failure. */
const failing = vi.hoisted(() => ({ open: 0, write: 0, opened: 0, written: 0, running: 0 }));

vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>();
  const full = (call: string) =>
    Object.assign(new Error(`ENOSPC: no space left on device, ${call}`), { code: 'ENOSPC' });
  return {
    ...fs,
    open: async (path: string, flags: string, mode: number) => {
      if (++failing.opened === failing.open) throw full('open');
      const handle = await fs.open(path, flags, mode);
      failing.running++;
      const { close, writeFile } = handle;
      handle.writeFile = async (...args: Parameters<typeof writeFile>) => {
        if (++failing.written === failing.write) throw full('write');
        return writeFile.apply(handle, args);
      };
      handle.close = () => {
        failing.running--;
        return close.apply(handle);
      };
      return handle;
    },
  };
});

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'normlab-test-'));
  Object.assign(failing, { open: 0, write: 0, opened: 0, written: 0, running: 0 });
});
afterEach(() => rm(dir, { recursive: true }));

const content = 'x'.repeat(300_000);
const names = ['a', 'b', 'c', 'd', 'e'];
const archive = tarball([
  { path: 'data/', type: '5' },
  ...names.map((name) => ({ path: `data/inner-${name}/file`, content })),
]);

const unpack = (file: string) => unpackArchive(file, dir, { folder: 'data', onBytes: () => {} });

it('unpacks everything if nothing fails', async () => {
  await writeFile(join(dir, 'archive'), archive);
  await unpack(join(dir, 'archive'));
  for (const name of names)
    expect(await readFile(join(dir, `data/inner-${name}/file`), 'utf8')).toBe(content);
  expect((await readdir(dir)).sort()).toEqual(['archive', 'data']);
});

it.each([{ open: 1 }, { open: 3 }, { open: 5 }, { write: 1 }, { write: 2 }, { write: 4 }])(
  'a full disk at %j is the system’s error: the archive is kept, the scratch folder is removed, and nothing is written afterwards',
  async (at) => {
    const file = join(dir, 'archive');
    await writeFile(file, archive);
    Object.assign(failing, at);
    await expect(unpack(file)).rejects.toMatchObject({ name: 'Error', code: 'ENOSPC' });
    expect(failing.running).toBe(0);
    expect(await readdir(dir)).toEqual(['archive']);
    // With free space, the same archive can be unpacked.
    Object.assign(failing, { open: 0, write: 0 });
    await unpack(file);
    expect((await readdir(dir)).sort()).toEqual(['archive', 'data']);
  },
);

it('an archive that is damaged in its middle leaves no files and no open file handle', async () => {
  const file = join(dir, 'archive');
  await writeFile(file, archive.subarray(0, 700_000));
  await expect(unpack(file)).rejects.toMatchObject({ name: 'DataError' });
  expect(failing.running).toBe(0);
  expect(await readdir(dir)).toEqual(['archive']);
});
