import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { extract } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBundle } from '../src/makeBundle.js';
import { parseOptions } from '../src/options.js';

const workspace = fileURLToPath(new URL('../../..', import.meta.url));
const canBundle = process.platform === 'linux' && process.arch === 'x64';
const skipped = canBundle
  ? ''
  : `, SKIPPED: made on linux x64 only, this is ${process.platform} ${process.arch}`;

describe.skipIf(!canBundle)(`the bundle for a machine without Node${skipped}`, () => {
  let temporary: string;
  let folder: string;
  beforeAll(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'normlab-bundle-test-'));
    const data = join(temporary, 'images');
    await makeImages(data);
    const options = parseOptions(['--fast', '--out', 'bundle.tar.gz', '--data', data], temporary);
    await makeBundle(workspace, options, () => {});
    await extract({ file: options.out, cwd: temporary });
    folder = join(temporary, 'normlab-linux-x64');
    await mkdir(join(temporary, 'home'));
    await mkdir(join(temporary, 'bin'));
    for (const program of ['dirname', 'readlink']) {
      await symlink(`/usr/bin/${program}`, join(temporary, 'bin', program));
    }
  });
  afterAll(() => rm(temporary, { recursive: true, force: true }));

  /** Runs a command of the bundle without this process's environment, and without Node on the path. */
  const run = (command: string, ...args: string[]) =>
    new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
      const env = { PATH: join(temporary, 'bin'), HOME: join(temporary, 'home') };
      execFile(join(folder, command), args, { cwd: temporary, env }, (error, stdout, stderr) =>
        resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });

  it('normlab doctor: wasm, webgpu and cpu work', async () => {
    const { status, stdout } = await run('normlab', 'doctor', '--json');
    expect(status).toBe(0);
    const { backends, versions } = JSON.parse(stdout);
    const works = backends.filter((each: { available: boolean }) => each.available);
    expect(works.map((each: { name: string }) => each.name)).toEqual(['wasm', 'webgpu', 'cpu']);
    expect(versions).not.toContain('unknown');
    expect(versions.node).toBe(process.versions.node);
  });

  it.each(['wasm', 'webgpu'])(
    'normlab train takes two steps on %s, on the images in the bundle',
    async (name) => {
      const { status, stderr } = await run(
        'normlab',
        ...['train', '--backend', name, '--dataset', 'images', '--data', join(folder, 'data')],
        ...['--width', '0.03', '--batch', '4', '--steps', '2', '--out', name],
      );
      expect(stderr).toBe('');
      expect(status).toBe(0);
      const metrics = await readFile(join(temporary, name, 'metrics.jsonl'), 'utf8');
      expect(metrics.split('\n').filter((line) => line.includes('"type":"step"'))).toHaveLength(2);
    },
  );

  it('normlab laws checks laws, and the benchmarks know their options', async () => {
    const laws = await run('normlab', 'laws', '--only', '1,9', '--runs', '2', '--json');
    expect(laws.status).toBe(0);
    const bench = await run('bench', '--help');
    expect(bench.stdout).toContain('--backend NAME');
  });

  it('records its contents', async () => {
    const facts = JSON.parse(await readFile(join(folder, 'bundle.json'), 'utf8'));
    expect(facts).toMatchObject({ node: { version: process.versions.node }, software: true, data: true });
    await access(join(folder, 'README.md'));
    await access(join(folder, 'app/LICENSE'));
  });

  it('refuses a folder that holds no data set', async () => {
    const options = parseOptions(['--data', 'home'], temporary);
    await expect(makeBundle(workspace, options, () => {})).rejects.toThrow(
      'bundle:gpu: --data must be a folder with train and test, or with CIFAR’s .bin files, got',
    );
  });
});

/** Two classes of grey images, four to train on and one to test each. */
async function makeImages(folder: string): Promise<void> {
  for (const [name, count] of [
    ['train', 4],
    ['test', 1],
  ] as const) {
    for (const [label, grey] of [
      ['dark', 40],
      ['light', 200],
    ] as const) {
      await mkdir(join(folder, name, label), { recursive: true });
      for (let i = 0; i < count; i++) {
        const background = { r: grey + i, g: grey, b: grey };
        const image = sharp({ create: { width: 32, height: 32, channels: 3, background } });
        await image.toFile(join(folder, name, label, `${i}.png`));
      }
    }
  }
}
