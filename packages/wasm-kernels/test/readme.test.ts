import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

const require = createRequire(import.meta.url);
const program = join(import.meta.dirname, 'examples/readme.js');

it('the README shows the program that this test runs', async () => {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
  expect(readme).toContain(await readFile(program, 'utf8'));
});

it('the program trains in a plain Node process', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'wasm-kernels-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const packages = join(folder, 'node_modules');
  await mkdir(join(packages, '@tensorflow/tfjs'), { recursive: true });
  await mkdir(join(packages, '@normlab'));
  await symlink(join(import.meta.dirname, '..'), join(packages, '@normlab/wasm-kernels'), 'junction');
  const wasm = dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  await symlink(wasm, join(packages, '@tensorflow/tfjs-backend-wasm'), 'junction');
  // The 300 MB of @tensorflow/tfjs: in Node its operations are those of tfjs-core, and it adds their gradients.
  const core = pathToFileURL(require.resolve('@tensorflow/tfjs-core'));
  const gradients = new URL('../../backends/generated/gradients.js', import.meta.url);
  await writeFile(
    join(packages, '@tensorflow/tfjs/index.mjs'),
    `import '${gradients}';\nexport * from '${core}';\n`,
  );
  await writeFile(join(packages, '@tensorflow/tfjs/package.json'), '{ "exports": "./index.mjs" }');
  await cp(program, join(folder, 'program.mjs'));

  const { stdout } = await promisify(execFile)(process.execPath, ['program.mjs'], { cwd: folder });
  expect(stdout).toMatch(/^(plain|relaxed) build, 1 thread$/m);
  const losses = [...stdout.matchAll(/^step \d+: loss (.*)$/gm)].map(([, loss]) => Number(loss));
  expect(losses).toHaveLength(5);
  expect(losses[0]).toBeGreaterThan(0.5);
  expect(losses[4]).toBeLessThan(0.1);
});
