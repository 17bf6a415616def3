import { cpSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtIn } from '@normlab/datasets';
import { writeCifar10 } from '@normlab/datasets/node';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { callNormlab } from './callNormlab.js';
import { type Ended, endOf, main, narrow, normlab, startShell, temporaryFolder } from './spawnNormlab.js';

const folder = temporaryFolder();
const recordLength = 1 + 3072;

/** A folder of two classes with one image of the given side in each part. */
async function images(name: string, side: number): Promise<string> {
  for (const path of ['train/cat', 'train/dog', 'test/cat', 'test/dog']) {
    mkdirSync(join(folder, name, path), { recursive: true });
    const pixels = Uint8Array.from({ length: side * side * 3 }, (_, index) => (index * 37) % 256);
    await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .jpeg()
      .toFile(join(folder, name, path, '1.jpg'));
  }
  return name;
}

/** Trains on an unusable data set; no file of the run may be left. */
async function refused(...args: string[]): Promise<Ended> {
  const ended = await callNormlab(['train', ...narrow, '--out', 'run', ...args], folder);
  expect(existsSync(join(folder, 'run'))).toBe(false);
  expect(ended.stdout).not.toContain('folder');
  expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
  return ended;
}

describe('invalid data end with status 1, and leave no run', () => {
  beforeAll(async () => {
    mkdirSync(join(folder, 'empty'));
    await writeCifar10(join(folder, 'cifar'), builtIn(1, { train: 50, test: 10 }));
  });

  /** The small CIFAR-10 with one file changed. */
  const damaged = (name: string, change: (file: string) => void): string => {
    cpSync(join(folder, 'cifar'), join(folder, name), { recursive: true });
    change(join(folder, name, 'data_batch_2.bin'));
    return name;
  };

  it.each([
    ['cifar10', 'nowhere', 'got "nothing there"'],
    ['cifar10', 'empty', 'got "an empty folder"'],
    ['cifar100', 'empty', 'got "an empty folder"'],
    ['images', 'nowhere', 'got "nothing there"'],
    ['images', 'empty', 'got "an empty folder"'],
  ])('%s in a folder %s', async (dataset, data, message) => {
    const { status, stderr } = await refused('--dataset', dataset, '--data', data);
    expect(stderr).toContain(message);
    expect(status).toBe(1);
  });

  it('a truncated .bin', async () => {
    const data = damaged('truncated', (file) => truncateSync(file, 5 * recordLength));
    const { status, stderr } = await refused('--dataset', 'cifar10', '--data', data);
    expect(stderr).toContain('data_batch_2.bin must be 30730 bytes long');
    expect(status).toBe(1);
  });

  it('an oversized .bin', async () => {
    const data = damaged('oversized', (file) => writeFileSync(file, 'more', { flag: 'a' }));
    const { status, stderr } = await refused('--dataset', 'cifar10', '--data', data);
    expect(stderr).toContain('data_batch_2.bin must be 30730 bytes long');
    expect(stderr).toContain('got 30734');
    expect(status).toBe(1);
  });

  it('a label out of range', async () => {
    const data = damaged('label', (file) => {
      const bytes = readFileSync(file);
      bytes[3 * recordLength] = 10;
      writeFileSync(file, bytes);
    });
    const { status, stderr } = await refused('--dataset', 'cifar10', '--data', data);
    expect(stderr).toContain('label');
    expect(stderr).toContain('got 10');
    expect(status).toBe(1);
  });

  it('a .jpg file that is not a JPEG', async () => {
    const data = await images('no-jpeg', 32);
    writeFileSync(join(folder, data, 'train/dog/1.jpg'), 'dear diary');
    const { status, stderr } = await refused('--dataset', 'images', '--data', data);
    expect(stderr).toContain('train/dog/1.jpg');
    expect(status).toBe(1);
  });

  it('images smaller than the pipeline’s crop', async () => {
    const data = await images('small', 20);
    const { status, stderr } = await refused('--dataset', 'images', '--data', data);
    expect(stderr).toContain('[20,20,3]');
    expect(status).toBe(1);
  });

  it('images of a size that a ResNet’s pipeline does not accept', async () => {
    const data = await images('large', 40);
    const { status, stderr } = await refused('--dataset', 'images', '--data', data, '--model', 'resnet-29');
    expect(stderr).toContain('[40,40,3]');
    expect(status).toBe(1);
  });

  it('images with an empty channel, by which the pipeline would have to divide; crop-24 takes them', async () => {
    const { train, test } = builtIn(1, { train: 50, test: 10 });
    const withoutBlue = train.images.map((value, index) => (index % 3 === 2 ? 0 : value));
    await writeCifar10(join(folder, 'no-blue'), { train: { ...train, images: withoutBlue }, test });
    const data = ['--dataset', 'cifar10', '--data', 'no-blue', '--train-images', '40', '--test-images', '10'];
    for (const pipeline of ['plain', 'pad-crop-flip']) {
      const { status, stderr } = await refused(...data, '--pipeline', pipeline);
      expect(stderr).toBe(
        `normlab train: the blue channel of the training images must vary, as --pipeline ${pipeline} divides by its standard deviation, got "0 everywhere" (--pipeline crop-24 divides each image by that of all its channels).\n`,
      );
      expect(status).toBe(1);
    }
    const steps = ['--steps', '1', '--out', 'no-blue-run'];
    const taken = await callNormlab(['train', ...narrow, ...data, '--pipeline', 'crop-24', ...steps], folder);
    expect(taken).toMatchObject({ status: 0, stderr: '' });
  });

  it('a spec for images of another size', async () => {
    const { status, stderr } = await refusedSpec();
    expect(stderr).toContain('input must be [24, 24, 3]');
    expect(status).toBe(1);
  });

  async function refusedSpec(): Promise<Ended> {
    const layers = [
      { type: 'globalPool', name: 'pool' },
      { type: 'dense', name: 'dense', units: 10, bias: true },
    ];
    const spec = { name: 'mean', input: [32, 32, 3], classes: 10, layers };
    writeFileSync(join(folder, 'spec.json'), JSON.stringify(spec));
    const few = ['--train-images', '64', '--test-images', '20', '--steps', '1'];
    return callNormlab(['train', '--spec', 'spec.json', ...few, '--out', 'run'], folder);
  }
});

describe('invalid checkpoints end with status 1', () => {
  beforeAll(async () => {
    await normlab(['train', ...narrow, '--steps', '1', '--out', 'one'], folder);
    await normlab(['train', ...narrow, '--steps', '1', '--width', '0.05', '--out', 'two'], folder);
  });

  it.each(['train --resume', 'eval'])('%s: a checkpoint of another model', async (command) => {
    const run = `mixed-${command.slice(0, 4)}`;
    cpSync(join(folder, 'one'), join(folder, run), { recursive: true });
    cpSync(join(folder, 'two', 'checkpoint.safetensors'), join(folder, run, 'checkpoint.safetensors'));
    const { status, stderr } = await normlab([...command.split(' '), run], folder);
    expect(stderr).toMatch(/loadCheckpoint: .*conv1/);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(status).toBe(1);
  });

  it.each(['train --resume', 'eval'])('%s: a truncated checkpoint', async (command) => {
    const run = `torn-${command.slice(0, 4)}`;
    cpSync(join(folder, 'one'), join(folder, run), { recursive: true });
    truncateSync(join(folder, run, 'checkpoint.safetensors'), 2000);
    const { status, stderr } = await normlab([...command.split(' '), run], folder);
    expect(stderr).toContain('checkpoint.safetensors');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(status).toBe(1);
  });

  it.each([
    [
      'a spec that is none',
      (config: Config) => Object.assign(config.spec, { classes: -1 }),
      'spec must be as normlab wrote it: parseSpec: classes must',
    ],
    [
      'no steps in an epoch',
      (config: Config) => Object.assign(config.length, { stepsPerEpoch: 0 }),
      'length.stepsPerEpoch must be as',
    ],
    [
      'images of no size',
      (config: Config) => Object.assign(config.dataset, { shape: [32, 0, 3] }),
      'dataset.shape.1 must be as',
    ],
  ])('a config.json with %s', async (what, change, message) => {
    const run = what.replaceAll(' ', '-');
    cpSync(join(folder, 'one'), join(folder, run), { recursive: true });
    const file = join(folder, run, 'config.json');
    const config: Config = JSON.parse(readFileSync(file, 'utf8'));
    change(config);
    writeFileSync(file, JSON.stringify(config));
    const { status, stderr } = await callNormlab(['eval', run], folder);
    expect(stderr).toContain(`config.json: ${message}`);
    expect(status).toBe(1);
  });

  it('a run whose data have changed', async () => {
    const config = join(folder, 'one', 'config.json');
    const changed = readFileSync(config, 'utf8').replace(/"sha256": "./, '"sha256": "x');
    cpSync(join(folder, 'one'), join(folder, 'changed'), { recursive: true });
    writeFileSync(join(folder, 'changed', 'config.json'), changed);
    const { status, stderr } = await callNormlab(['eval', 'changed'], folder);
    expect(stderr).toContain('the data set must be the one with which the run was started');
    expect(status).toBe(1);
  });
});

describe.skipIf(process.platform === 'win32')('a full disk', () => {
  // A limit on file sizes simulates a full disk: the write fails in the middle of the file in the same way.
  it('while a checkpoint is written: a clear error, and the previous checkpoint stays', async () => {
    await normlab(['train', ...narrow, '--out', 'full', '--steps', '4'], folder);
    const before = readFileSync(join(folder, 'full', 'checkpoint.safetensors'));
    const config = join(folder, 'full', 'config.json');
    writeFileSync(config, readFileSync(config, 'utf8').replaceAll('"steps": 4', '"steps": 8'));
    const command = `ulimit -f 8; exec "${process.execPath}" "${main}" train --resume full`;
    const { status, stderr } = await endOf(startShell(command, folder));
    expect(stderr).toMatch(/checkpoint\.safetensors must be written completely, got "EFBIG/);
    expect(status).toBe(1);
    expect(readFileSync(join(folder, 'full', 'checkpoint.safetensors')).equals(before)).toBe(true);
    expect(existsSync(join(folder, 'full', 'checkpoint.safetensors.partial'))).toBe(false);
  });

  it('while the run folder is created: nothing is left', async () => {
    const command = `ulimit -f 1; exec "${process.execPath}" "${main}" train --steps 1 --train-images 64 --out none`;
    const { status, stderr } = await endOf(startShell(command, folder));
    expect(stderr).toContain('must be a file that can be written, got "EFBIG');
    expect(status).toBe(1);
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});

/** The parts of a run's config that tests change. */
type Config = { readonly spec: object; readonly length: object; readonly dataset: object };
