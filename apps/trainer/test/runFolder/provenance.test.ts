import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commitAt } from '../../src/runFolder/provenance.js';
import { narrow, normlab, temporaryFolder } from '../commands/spawnNormlab.js';

it('config.json says when, where and by which command line and recipe a run was started', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'own recipe.json'), JSON.stringify({ batch: 32, note: 'it’s mine' }));
  const before = Date.now();
  const args = ['train', '--recipe', 'own recipe.json', ...narrow, '--steps', '1', '--out', 'run'];
  expect(await normlab(args, folder)).toMatchObject({ status: 0, stderr: '' });
  const { provenance } = JSON.parse(readFileSync(join(folder, 'run', 'config.json'), 'utf8'));
  expect(provenance).toMatchObject({
    command: `normlab train --recipe 'own recipe.json' ${narrow.join(' ')} --steps 1 --out run`,
    recipe: 'own recipe.json',
    host: hostname(),
  });
  expect(Date.parse(provenance.started)).toBeGreaterThanOrEqual(before - 1);
  expect(Date.parse(provenance.started)).toBeLessThanOrEqual(Date.now());
  // The run goes on from its folder, and the report names where it was made.
  const report = await normlab(['report', '.', '--format', 'markdown'], folder);
  expect(report.stdout).toContain(`| host | ${hostname()} |`);
  expect(report.stdout).toContain(provenance.started);
});

it('has no commit outside a repository', async () => {
  expect(await commitAt(temporaryFolder())).toBeUndefined();
});

it.skipIf(spawnSync('git', ['--version']).status !== 0)(
  'has the commit of a repository, and whether it was changed',
  async () => {
    const folder = temporaryFolder();
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
        cwd: folder,
        encoding: 'utf8',
      });
    git('init', '--quiet');
    writeFileSync(join(folder, 'code.js'), '1');
    git('add', '.');
    git('commit', '--quiet', '--message', 'first');
    git('tag', 'v1');
    const head = git('rev-parse', 'HEAD').trim();
    expect(await commitAt(folder)).toBe(head);
    writeFileSync(join(folder, 'new.js'), 'not part of it');
    expect(await commitAt(folder)).toBe(head);
    writeFileSync(join(folder, 'code.js'), '2');
    expect(await commitAt(folder)).toBe(`${head}-dirty`);
  },
);
