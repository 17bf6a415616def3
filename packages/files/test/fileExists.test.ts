import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileExists, makeFolder } from '@normlab/files';
import { temporaryFolder } from '@normlab/testing';
import { describe, expect, it } from 'vitest';

describe('fileExists', () => {
  it('is true for files and folders, false where there is none', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'file');
    await writeFile(file, '');
    expect(
      [folder, file, join(folder, 'none'), join(file, 'none')].map((each) => fileExists(each, here)),
    ).toEqual([true, true, false, false]);
  });

  it('refuses to say no where the system does not say', async () => {
    const circle = join(await temporaryFolder(), 'circle');
    await symlink(circle, circle);
    expect(() => fileExists(circle, here)).toThrow(
      /^here: .*circle must say whether it exists, got "ELOOP.*\(its symbolic links lead in a circle\)\.$/,
    );
  });
});

describe('makeFolder', () => {
  it('creates a folder with its parents, and says which was the first', async () => {
    const folder = await temporaryFolder();
    expect(await makeFolder(join(folder, 'a', 'b'))).toBe(join(folder, 'a'));
    expect(await makeFolder(join(folder, 'a', 'b'))).toBeUndefined();
  });

  it('throws the system’s error', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    await expect(makeFolder(join(file, 'a'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});

const here = { where: 'here' };
