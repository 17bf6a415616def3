// Tries the release, as .github/workflows/release.yml does it, with a registry on loopback in place of npm's:
//
// 1. a copy of the checkout applies its changesets and publishes every public package;
// 2. an empty folder installs the packages by name, trains with the command, and runs a program;
// 3. so do the programs of examples/, and their page in Chromium;
// 4. a changeset with a patch of @normlab/errors releases that package and no other;
// 5. a changeset with a minor version of it would also release a patch of each package whose range that leaves.
//
// Needs the workspace built, and the registry with which npm is set up here, for the packages of others.
//
//   npm run check:release
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import semver from 'semver';
import { commandRunner } from './command.js';
import { author, commitAll, copyCheckout } from './copyCheckout.js';
import { tryExamples } from './examples.js';
import { startRegistry } from './localRegistry.js';
import { publicFolders, readManifest, root } from './workspace.js';

const address = { GITHUB_SERVER_URL: 'https://example.org', GITHUB_REPOSITORY: 'someone/normlab' };
const scratch = mkdtempSync(join(tmpdir(), 'normlab-release-'));
const copy = join(scratch, 'copy');
let registry;
try {
  const others = await commandRunner({})(root, 'npm', ['config', 'get', 'registry']);
  registry = await startRegistry(join(scratch, 'registry'), others.trim());
  const run = commandRunner({ ...registry.variables, ...author });
  await copyCheckout(copy, run);

  const first = await release(run);
  assert.deepEqual(
    Object.keys(first).sort(),
    manifests()
      .map(({ name }) => name)
      .sort(),
  );
  await checkStamps();
  console.log(`published ${Object.keys(first).length} packages`);

  const user = await installAsUser(run, first);
  console.log('installed by name, trained, and ran a program');

  await tryExamples(join(scratch, 'examples'), run);

  await addChangeset('patch');
  const patched = { '@normlab/errors': semver.inc(first['@normlab/errors'], 'patch') };
  assert.deepEqual(await release(run), patched);
  console.log(`a patch released ${JSON.stringify(patched)} only`);

  await checkTwoCopies(run, user, { before: first['@normlab/errors'], after: patched['@normlab/errors'] });
  console.log('errors of two versions recognize each other');

  await addChangeset('minor');
  await checkPlan(run);
  await checkWhatIsLeft(run);
  console.log('what a release commits passes the checks of packages');
} catch (error) {
  console.error(error.stack);
  process.exitCode = 1;
} finally {
  await registry?.stop();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
}

function manifests() {
  return publicFolders(copy).map(readManifest);
}

/** What the workflow does with the changesets, and after the merge; gives the versions that were published. */
async function release(run) {
  const before = await published();
  await run(copy, 'npm', ['run', 'version-packages']);
  await commitAll(copy, run);
  await run(copy, 'npm', ['run', 'release'], address);
  // The stamp is not committed: the workflow's checkout is gone after the release.
  await run(copy, 'git', ['checkout', '--quiet', '--', '.']);
  const after = await published();
  for (const { name, version } of manifests()) assert.equal(after[name], version);
  return Object.fromEntries(Object.entries(after).filter(([name, version]) => before[name] !== version));
}

/** The latest version of each package in the registry. */
async function published() {
  const found = await Promise.all(manifests().map(({ name }) => packument(name)));
  return Object.fromEntries(
    found.filter((each) => each !== undefined).map((each) => [each.name, each['dist-tags'].latest]),
  );
}

async function packument(name) {
  const response = await fetch(registry.address + name.replace('/', '%2f'));
  return response.ok ? response.json() : undefined;
}

async function checkStamps() {
  for (const folder of publicFolders(copy)) {
    const { name, version } = readManifest(folder);
    const directory = relative(copy, folder).split(sep).join('/');
    const { repository, homepage, bugs } = (await packument(name)).versions[version];
    const place = 'https://example.org/someone/normlab';
    assert.deepEqual(
      { repository, homepage, bugs },
      {
        repository: { type: 'git', url: `git+${place}.git`, directory },
        homepage: `${place}/tree/HEAD/${directory}#readme`,
        bugs: { url: `${place}/issues` },
      },
    );
  }
}

/** Installs the command and some packages by name, trains a few steps, and normalizes a batch. */
async function installAsUser(run, versions) {
  const user = join(scratch, 'user');
  mkdirSync(user);
  writeFileSync(join(user, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
  const packages = ['normlab', '@normlab/ops', '@normlab/backends', '@tensorflow/tfjs-core@4.22.0'];
  await run(user, 'npm', ['install', ...packages]);
  for (const name of readdirSync(join(user, 'node_modules/@normlab'))) {
    const { version } = readManifest(join(user, 'node_modules/@normlab', name));
    assert.equal(version, versions[`@normlab/${name}`]);
  }

  const small = ['--train-images', '100', '--test-images', '50', '--batch', '20', '--width', '0.05'];
  const args = ['train', '--dataset', 'built-in', ...small, '--steps', '3', '--out', 'run', '--json'];
  const { steps } = JSON.parse(await run(user, 'npx', ['normlab', ...args]));
  assert.equal(steps, 3);
  assert.ok(existsSync(join(user, 'run/checkpoint.safetensors')));

  writeFileSync(
    join(user, 'normalize.js'),
    `import { openBackend } from '@normlab/backends';
    import { constantBatchNormTrain } from '@normlab/ops';
    import { tensor1d, tensor2d } from '@tensorflow/tfjs-core';
    const backend = await openBackend('wasm');
    const stats = { mean: tensor1d([0, 0]), variance: tensor1d([1, 1]) };
    const { y } = constantBatchNormTrain(tensor2d([[1, 10], [3, 30]]), stats, { epsilon: 0 });
    console.log(JSON.stringify(await y.array()));
    await backend.close();`,
  );
  assert.deepEqual(JSON.parse(await run(user, process.execPath, ['normalize.js'])), [
    [-1, -1],
    [1, 1],
  ]);
  return user;
}

/** The user takes the patch, and has the version before it under another name. */
async function checkTwoCopies(run, user, { before, after }) {
  await run(user, 'npm', ['update']);
  await run(user, 'npm', ['install', `errors-before@npm:@normlab/errors@${before}`]);
  const installed = (name) => readManifest(join(user, 'node_modules', name)).version;
  assert.deepEqual([installed('errors-before'), installed('@normlab/errors')], [before, after]);
  writeFileSync(
    join(user, 'errors.js'),
    `import { constantBatchNormTrain } from '@normlab/ops';
    import { OptionError, ShapeError } from '@normlab/errors';
    import * as before from 'errors-before';
    try {
      constantBatchNormTrain('no tensor');
    } catch (error) {
      const old = new before.OptionError({ where: 'a', what: 'b', rule: 'c' });
      console.log(JSON.stringify([
        ShapeError === before.ShapeError,
        [error instanceof ShapeError, error instanceof before.ShapeError, error instanceof before.OptionError],
        [old instanceof OptionError, old instanceof ShapeError],
      ]));
    }`,
  );
  const found = JSON.parse(await run(user, process.execPath, ['errors.js']));
  assert.deepEqual(found, [false, [true, true, false], [true, false]]);
}

async function addChangeset(bump) {
  writeFileSync(join(copy, '.changeset/tried.md'), `---\n'@normlab/errors': ${bump}\n---\n\nTried.\n`);
}

/** A minor version of the errors releases a patch of what it does not fit, and nothing else. */
async function checkPlan(run) {
  await run(copy, 'npx', ['changeset', 'status', '--output', 'plan.json']);
  const { releases } = JSON.parse(readFileSync(join(copy, 'plan.json'), 'utf8'));
  // Private packages get a version too, and are not published.
  const published = new Set(manifests().map(({ name }) => name));
  const planned = releases
    .filter(({ name, type }) => published.has(name) && type !== 'none')
    .map(({ name, type }) => [name, type]);
  const next = releases.find(({ name }) => name === '@normlab/errors').newVersion;
  const left = manifests()
    .filter(({ dependencies = {} }) => !semver.satisfies(next, dependencies['@normlab/errors'] ?? '*'))
    .map(({ name }) => [name, 'patch']);
  assert.deepEqual(planned.sort(), [['@normlab/errors', 'minor'], ...left].sort());
  console.log(`a minor version would also release a patch of ${left.length} packages`);
}

/** The commits of a release pass what CI checks of packages. */
async function checkWhatIsLeft(run) {
  await run(copy, 'npm', ['ci', '--dry-run']);
  await run(copy, 'npx', ['biome', 'check', '.changeset', 'package.json', 'packages', 'apps']);
  await run(copy, 'npx', ['vitest', 'run', 'scripts/packages/test/tarballs.test.ts']);
}
