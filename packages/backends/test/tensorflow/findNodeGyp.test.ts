import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { findNodeGyp } from '../../src/tensorflow/findNodeGyp.js';

const node = process.execPath;
let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'normlab-test-')));
  // A Node that has no npm beside it.
  process.execPath = join(folder, 'node', 'bin', 'node');
  vi.stubEnv('npm_config_node_gyp', undefined);
  vi.stubEnv('PATH', [join(folder, 'empty'), join(folder, 'bin')].join(delimiter));
});
afterEach(async () => {
  process.execPath = node;
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function install(path: string): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, '');
  return file;
}

async function installNpm(bin: string): Promise<void> {
  const npm = await install('lib/npm/bin/npm-cli.js');
  await mkdir(join(folder, bin), { recursive: true });
  await symlink(npm, join(folder, bin, 'npm'));
}

it('finds the node-gyp that npm names, then the one beside the package, then the one of npm', async () => {
  const main = await install('project/node_modules/binding/index.js');
  expect(findNodeGyp(main)).toBeUndefined();
  const bundled = await install('lib/npm/node_modules/node-gyp/bin/node-gyp.js');
  expect(findNodeGyp(main)).toBeUndefined();
  await installNpm('bin');
  expect(findNodeGyp(main)).toBe(bundled);
  const installed = await install('project/node_modules/node-gyp/bin/node-gyp.js');
  expect(findNodeGyp(main)).toBe(installed);
  vi.stubEnv('npm_config_node_gyp', join(folder, 'no-such-file'));
  expect(findNodeGyp(main)).toBe(installed);
  const named = await install('elsewhere/node-gyp.js');
  vi.stubEnv('npm_config_node_gyp', named);
  expect(findNodeGyp(main)).toBe(named);
});

it('finds the npm beside Node where PATH has none', async () => {
  const main = await install('project/node_modules/binding/index.js');
  const bundled = await install('lib/npm/node_modules/node-gyp/bin/node-gyp.js');
  await installNpm('node/bin');
  expect(findNodeGyp(main)).toBe(bundled);
});
