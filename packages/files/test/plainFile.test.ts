import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileKind, openPlainFile, readInto, readPlainFile } from '@normlab/files';
import { temporaryFolder } from '@normlab/testing';
import { describe, expect, it } from 'vitest';

const where = 'here';

describe.skipIf(process.platform === 'win32')('readPlainFile', () => {
  it('reads a file, and names a file that it cannot read', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'a');
    await writeFile(file, 'text');
    expect((await readPlainFile(file, { where, most: 4 })).toString()).toBe('text');
    await expect(readPlainFile(file, { where, most: 3 })).rejects.toThrow(
      `here: ${file} must be at most 3 bytes long, got 4.`,
    );
    await expect(readPlainFile(join(folder, 'b'), { where, what: 'it' })).rejects.toThrow(
      'here: it must be a file that can be read, got "ENOENT',
    );
  });

  it('does not wait for a pipe, and reads no device or folder', async () => {
    const folder = await temporaryFolder();
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await mkdir(join(folder, 'folder'));
    for (const [file, kind] of [
      [pipe, 'a pipe'],
      ['/dev/zero', 'a device'],
      [join(folder, 'folder'), 'a folder'],
    ] as const) {
      await expect(readPlainFile(file, { where })).rejects.toThrow(
        `here: ${file} must be a plain file, got "${kind}".`,
      );
      expect(await fileKind(file)).toBe(kind === 'a folder' ? 'an empty folder' : kind);
    }
  });
});

describe('readInto', () => {
  it('requests no more at once than Node reads, and continues to the end', async () => {
    // Never written, so that its pages take no memory.
    const target = new Uint8Array(2 ** 31 + 5);
    const asked: number[] = [];
    const read = async (_: unknown, filled: number, length: number, position: number) => {
      expect(position).toBe(7 + filled);
      asked.push(length);
      return { bytesRead: length, buffer: target };
    };
    // @ts-expect-error: this overload of read is the one that is called.
    expect(await readInto({ read }, target, 7)).toBe(target.length);
    expect(Math.max(...asked)).toBeLessThan(2 ** 31);
    expect(asked.reduce((sum, length) => sum + length)).toBe(target.length);
  });

  it('reports where the file ends', async () => {
    const file = join(await temporaryFolder(), 'a');
    await writeFile(file, 'text');
    const handle = await openPlainFile(file, { where });
    try {
      expect(await readInto(handle, new Uint8Array(9), 1)).toBe(3);
    } finally {
      await handle.close();
    }
  });
});
