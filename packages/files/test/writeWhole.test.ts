import { existsSync } from 'node:fs';
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileSystem, nodeFileSystem, writeWhole } from '@normlab/files';
import { temporaryFolder } from '@normlab/testing';
import { describe, expect, it } from 'vitest';

const old = { a: 'old a', b: 'old b' };
const fresh = [
  { name: 'a', content: 'new a' },
  { name: 'b', content: [new TextEncoder().encode('new'), new TextEncoder().encode(' b')] },
];
const survives = 'power-loss';

async function folderWithOldFiles(): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(old)) await writeFile(join(folder, name), text);
  return folder;
}

async function contentsOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  const pairs = names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')]);
  return Object.fromEntries(await Promise.all(pairs));
}

/** A file system whose call number `at` fails, a write after half of its bytes; records the calls made. */
function failing(at: number, notes: string[], { dead = false } = {}): FileSystem {
  let calls = 0;
  const guarded =
    <A extends unknown[]>(name: string, call: (...rest: A) => Promise<unknown>) =>
    async (...rest: A): Promise<void> => {
      calls++;
      if (calls !== at && !(dead && calls > at)) {
        notes.push(name);
        await call(...rest);
        return;
      }
      const [path, chunks] = rest;
      if (Array.isArray(chunks) && calls === at) await writeFile(String(path), chunks[0].subarray(0, 2));
      throw new Error(`call ${calls} fails`);
    };
  return {
    mkdir: guarded('mkdir', nodeFileSystem.mkdir),
    write: guarded('write', nodeFileSystem.write),
    rename: guarded('rename', nodeFileSystem.rename),
    remove: guarded('remove', nodeFileSystem.remove),
    syncFolder: guarded('sync', nodeFileSystem.syncFolder),
  };
}

describe('writeWhole', () => {
  it('replaces all files, leaves no other file, and creates the folder', async () => {
    const folder = join(await temporaryFolder(), 'runs', '1');
    await writeWhole(folder, fresh, { survives });
    expect(await contentsOf(folder)).toEqual({ a: 'new a', b: 'new b' });
  });

  it('flushes all contents before the first rename, and the names after the last', async () => {
    const notes: string[] = [];
    await writeWhole(await folderWithOldFiles(), fresh, { survives, fileSystem: failing(0, notes) });
    expect(notes).toEqual(['mkdir', 'write', 'write', 'rename', 'rename', 'sync']);
  });

  it.each([1, 2, 3, 4])('leaves the old files if call %i, before the first rename, fails', async (at) => {
    const folder = await folderWithOldFiles();
    const fileSystem = failing(at, []);
    await expect(writeWhole(folder, fresh, { survives, fileSystem })).rejects.toThrow(`call ${at} fails`);
    expect(await contentsOf(folder)).toEqual(old);
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'killed at call %i, leaves only complete files, replaced in the order given',
    async (at) => {
      const folder = await folderWithOldFiles();
      const fileSystem = failing(at, [], { dead: true });
      await expect(writeWhole(folder, fresh, { survives, fileSystem })).rejects.toThrow('fails');
      const { a, b } = await contentsOf(folder);
      expect([a, b]).toEqual([at > 4 ? 'new a' : 'old a', at > 5 ? 'new b' : 'old b']);
      await writeWhole(folder, fresh, { survives });
      expect(await contentsOf(folder)).toEqual({ a: 'new a', b: 'new b' });
    },
  );

  it.skipIf(!existsSync('/dev/full')).each(['a', 'b'])(
    'leaves the old files if the disk is full at %s',
    async (name) => {
      const folder = await folderWithOldFiles();
      await symlink('/dev/full', join(folder, `${name}.partial`));
      await expect(writeWhole(folder, fresh, { survives })).rejects.toMatchObject({ code: 'ENOSPC' });
      expect(await contentsOf(folder)).toEqual(old);
    },
  );

  it.each(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])(
    'succeeds if the file system cannot flush a folder (%s)',
    async (code) => {
      const folder = await folderWithOldFiles();
      const syncFolder = () => Promise.reject(Object.assign(new Error('fsync'), { code }));
      await writeWhole(folder, fresh, { survives, fileSystem: { ...nodeFileSystem, syncFolder } });
      expect(await contentsOf(folder)).toEqual({ a: 'new a', b: 'new b' });
    },
  );

  it('fails if flushing the folder fails for another reason', async () => {
    const syncFolder = () => Promise.reject(Object.assign(new Error('the medium'), { code: 'EIO' }));
    const fileSystem = { ...nodeFileSystem, syncFolder };
    await expect(writeWhole(await folderWithOldFiles(), fresh, { survives, fileSystem })).rejects.toThrow(
      'medium',
    );
  });

  it('flushes nothing with survives: kill', async () => {
    const syncs: boolean[] = [];
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      write: (path, chunks, sync) => {
        syncs.push(sync);
        return nodeFileSystem.write(path, chunks, sync);
      },
      syncFolder: () => Promise.reject(new Error('flushed')),
    };
    await writeWhole(await folderWithOldFiles(), fresh, { survives: 'kill', fileSystem });
    expect(syncs).toEqual([false, false]);
  });

  it('several writers at once: the file is one writer’s complete file, and no other file is left', async () => {
    const folder = await temporaryFolder();
    const contents = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000));
    await Promise.all(
      contents.map((content) =>
        writeWhole(folder, [{ name: 'a', content }], { survives, writers: 'several' }),
      ),
    );
    const { a, ...others } = await contentsOf(folder);
    expect(contents).toContain(a);
    expect(others).toEqual({});
  });
});
