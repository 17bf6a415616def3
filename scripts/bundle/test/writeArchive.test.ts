import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NormlabError, OptionError } from '@normlab/errors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compressionOf, writeArchive } from '../src/writeArchive.js';

const hasXz = process.env.PATH !== undefined && commandRuns('xz') && commandRuns('tar');

describe('writeArchive', () => {
  let temporary: string;
  beforeEach(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'normlab-archive-test-'));
    await mkdir(join(temporary, 'folder'));
    await writeFile(join(temporary, 'folder/text'), 'a text\n'.repeat(1000));
    await symlink('text', join(temporary, 'folder/link'));
  });
  afterEach(() => rm(temporary, { recursive: true, force: true }));

  it.each(['archive.tar.gz', 'archive.tar.xz'])('%s unpacks to the packed files', async (name) => {
    if (name.endsWith('xz') && !hasXz) {
      return console.warn('SKIPPED .tar.xz: the programs xz and tar are not installed here');
    }
    const out = join(temporary, name);
    const size = await writeArchive(join(temporary, 'folder'), out, compressionOf(out, true), 2 ** 20);
    expect((await readFile(out)).length).toBe(size);
    await rm(join(temporary, 'folder'), { recursive: true });
    execFileSync('tar', ['xf', out], { cwd: temporary });
    expect(await readFile(join(temporary, 'folder/link'), 'utf8')).toBe('a text\n'.repeat(1000));
    expect((await readdir(temporary)).sort()).toEqual([name, 'folder'].sort());
  });

  it('refuses an archive over the limit, and leaves no file', async () => {
    const out = join(temporary, 'archive.tar.gz');
    const writing = writeArchive(join(temporary, 'folder'), out, compressionOf(out, false), 10);
    await expect(writing).rejects.toThrow(NormlabError);
    await expect(writing).rejects.toThrow(
      'bundle:gpu: the archive must be no larger than 0.0 MiB, got "0.0 MiB" (a smaller data set with --data',
    );
    expect(await readdir(temporary)).toEqual(['folder']);
  });

  it('refuses a name without a compression suffix', () => {
    expect(() => compressionOf('bundle.zip', false)).toThrow(OptionError);
    expect(() => compressionOf('bundle.zip', false)).toThrow(
      'bundle:gpu: --out must end with .tar.xz or .tar.gz, got "bundle.zip".',
    );
  });
});

function commandRuns(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
