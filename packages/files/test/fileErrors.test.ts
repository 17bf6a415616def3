import { mkdir, readFile } from 'node:fs/promises';
import { DataError, OptionError } from '@normlab/errors';
import { onFile, withFileErrors } from '@normlab/files';
import { temporaryFolder } from '@normlab/testing';
import { describe, expect, it } from 'vitest';

describe('withFileErrors', () => {
  it('returns the result of the work', async () => {
    expect(await withFileErrors('here', () => Promise.resolve(3))).toBe(3);
  });

  it('turns the system’s errors into a DataError that names the file and the remedy', async () => {
    const folder = await temporaryFolder();
    const failure = withFileErrors('here', () => readFile(folder));
    await expect(failure).rejects.toBeInstanceOf(DataError);
    await expect(failure).rejects.toThrow(
      /^here: the file system must let itself .*EISDIR.*\(it is a folder\)\.$/,
    );
    await expect(withFileErrors('here', () => mkdir(folder))).rejects.toMatchObject({ file: folder });
  });

  it('names the place where the system’s error names no file, as those of open files do', async () => {
    const folder = await temporaryFolder();
    await expect(withFileErrors('here', () => readFile(folder), 'the/place')).rejects.toThrow(
      /^here: the\/place must let itself/,
    );
    const failure = withFileErrors('here', () => onFile('its/file', () => readFile(folder)), 'the/place');
    await expect(failure).rejects.toThrow(/^here: its\/file must let itself/);
  });

  it.each([
    ['ENOSPC', 'the disk is full: free space, then call the command again'],
    ['EIO', 'the disk or the network to it failed: check it, then call the command again'],
    ['EACCES', 'permission is missing: change it with chmod or chown, or choose another place'],
  ])('says in plain words what %s means and what to do', async (code, words) => {
    const error = Object.assign(new Error(`${code}: …`), { code, syscall: 'open', path: 'a/file' });
    await expect(withFileErrors('here', () => Promise.reject(error))).rejects.toThrow(`(${words}).`);
  });

  it.each([
    new OptionError({ where: 'a', what: 'b', rule: 'c' }),
    new TypeError('a fault of the code'),
    codedError(),
  ])('lets others pass: %s', async (error) => {
    await expect(withFileErrors('here', () => Promise.reject(error))).rejects.toBe(error);
  });
});

/** An error with a code that is not the system's. */
function codedError(): Error {
  return Object.assign(new TypeError('an argument'), { code: 'ERR_INVALID_ARG_TYPE' });
}
