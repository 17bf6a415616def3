import { mkdir, readFile } from 'node:fs/promises';
import { DataError, OptionError } from '@normlab/errors';
import { withFileErrors } from '@normlab/files';
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

  it.each([new OptionError({ where: 'a', what: 'b', rule: 'c' }), new TypeError('a fault of the code')])(
    'lets others pass: %s',
    async (error) => {
      await expect(withFileErrors('here', () => Promise.reject(error))).rejects.toBe(error);
    },
  );
});
