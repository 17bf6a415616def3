import { mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeStalePartials } from '@normlab/files';
import { temporaryFolder } from '@normlab/testing';
import { describe, expect, it } from 'vitest';

const uuid = '01234567-89ab-cdef-0123-456789abcdef';
const minute = 60_000;

describe('removeStalePartials', () => {
  it('removes files and folders that a write to this place left behind, and nothing else', async () => {
    const folder = await temporaryFolder();
    const others = [
      'cache',
      'cache.partial',
      `cache.${uuid}`,
      `cache.${uuid}.partial.txt`,
      `cache2.${uuid}.partial`,
      `my-cache.${uuid}.partial`,
      'cache.notes.partial',
    ];
    for (const name of [...others, `cache.${uuid}.partial`]) await writeFile(join(folder, name), '');
    const half = join(folder, `cache.${uuid.replace('0', 'f')}.partial`);
    await mkdir(half);
    await writeFile(join(half, 'data'), '');
    const { mtimeMs } = await stat(half);
    await removeStalePartials(join(folder, 'cache'), mtimeMs + 11 * minute);
    expect(await readdir(folder)).toEqual([...others].sort());
  });

  it('keeps files that may still be being written', async () => {
    const folder = await temporaryFolder();
    const partial = join(folder, `cache.${uuid}.partial`);
    await writeFile(partial, '');
    const { mtimeMs } = await stat(partial);
    await removeStalePartials(join(folder, 'cache'), mtimeMs + 9 * minute);
    expect(await readdir(folder)).toHaveLength(1);
    await utimes(partial, new Date(0), new Date(0));
    await removeStalePartials(join(folder, 'cache'));
    expect(await readdir(folder)).toEqual([]);
  });

  it('accepts a folder that does not exist', async () => {
    const folder = await temporaryFolder();
    await expect(removeStalePartials(join(folder, 'missing', 'cache'))).resolves.toBeUndefined();
  });
});
