import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { narrow, normlab, temporaryFolder } from './spawnNormlab.js';

const folder = temporaryFolder();

const train = ['train', ...narrow, '--steps', '1'];

/** Lets every write to a file fail with ENOSPC: normlab writes it under this name first. */
const fill = (file: string) => {
  const partial = join(folder, `${file}.partial`);
  mkdirSync(dirname(partial), { recursive: true });
  symlinkSync('/dev/full', partial);
  return () => rmSync(partial, { force: true });
};

describe.skipIf(!existsSync('/dev/full'))('a full disk', () => {
  beforeAll(async () => {
    // A run that has not reached its first checkpoint.
    await normlab([...train, '--out', 'begun'], folder);
    for (const name of ['checkpoint.safetensors', 'checkpoint.json']) rmSync(join(folder, 'begun', name));
  });

  it.each([
    ['run/config.json', [...train, '--out', 'run']],
    ['begun/checkpoint.safetensors', ['train', '--resume', 'begun']],
    ['out/predictions.csv', ['eval', 'begun', '--predictions', 'out/predictions.csv']],
    ['report.html', ['report', '.']],
  ])('at %s is said, with the file and what to do; with free space the command works', async (file, args) => {
    const free = fill(file);
    const { status, stderr } = await normlab(args, folder);
    const message = stderr.trimEnd().split('\n').at(-1);
    expect(message).toMatch(
      /^[^:]+: .+ must .+ENOSPC: no space left on device.*\(the disk is full: free .+\)\.$/,
    );
    expect(message).toContain(file);
    expect(status).toBe(1);
    free();
    const again = await normlab(args, folder);
    expect(again.status, again.stderr).toBe(0);
    expect(readdirSync(join(folder, dirname(file))).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });
});
