import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@normlab/testing';
import { expect, it } from 'vitest';
import { root } from './support/publicPackages.js';

const ours = { name: '@normlab/errors', version: '0.1.0' };

/** Stamps a workspace of one public and one private package. */
async function stamp(rootManifest: object, env: NodeJS.ProcessEnv = {}) {
  const workspace = await temporaryFolder();
  const write = async (folder: string, manifest: object) => {
    await mkdir(join(workspace, folder), { recursive: true });
    await writeFile(join(workspace, folder, 'package.json'), JSON.stringify(manifest));
  };
  await write('.', rootManifest);
  await write('packages/errors', ours);
  await write('apps/lab', { name: 'lab', private: true });
  const inherited = { ...process.env, GITHUB_SERVER_URL: '', GITHUB_REPOSITORY: '' };
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/packages/stamp.js')], {
    cwd: workspace,
    env: { ...inherited, ...env },
    encoding: 'utf8',
  });
  const read = async (folder: string) =>
    JSON.parse(await readFile(join(workspace, folder, 'package.json'), 'utf8'));
  return { status, stderr, errors: await read('packages/errors'), lab: await read('apps/lab') };
}

const stamped = {
  ...ours,
  homepage: 'https://example.org/someone/normlab/tree/HEAD/packages/errors#readme',
  bugs: { url: 'https://example.org/someone/normlab/issues' },
  repository: {
    type: 'git',
    url: 'git+https://example.org/someone/normlab.git',
    directory: 'packages/errors',
  },
};

it.each([
  'https://example.org/someone/normlab',
  'git+https://example.org/someone/normlab.git',
  { type: 'git', url: 'https://example.org/someone/normlab/' },
])('takes the address of the workspace: %j', async (repository) => {
  const { status, errors, lab } = await stamp({ repository });
  expect([status, errors, lab]).toEqual([0, stamped, { name: 'lab', private: true }]);
});

it('takes the address that GitHub Actions gives', async () => {
  const env = { GITHUB_SERVER_URL: 'https://example.org', GITHUB_REPOSITORY: 'someone/normlab' };
  expect((await stamp({}, env)).errors).toEqual(stamped);
  const both = await stamp({ repository: 'https://example.org/first/normlab' }, env);
  expect(both.errors.repository.url).toBe('git+https://example.org/first/normlab.git');
});

it('refuses without an address, and changes nothing', async () => {
  const { status, stderr, errors } = await stamp({});
  expect([status, errors]).toEqual([1, ours]);
  expect(stderr).toMatchInlineSnapshot(`
    "stamp: set "repository" in the package.json of the workspace to the address of the repository, as in "https://github.com/OWNER/NAME" (in GitHub Actions, GITHUB_SERVER_URL and GITHUB_REPOSITORY do the same).
    "
  `);
});

it('refuses what is no address', async () => {
  const { status, stderr, errors } = await stamp({ repository: 'someone/normlab' });
  expect([status, errors]).toEqual([1, ours]);
  expect(stderr).toBe(
    'stamp: "repository" must be an address that begins with https://, got "someone/normlab".\n',
  );
});
