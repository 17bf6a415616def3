import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { builtIn } from '@normlab/datasets';
import { cifar10, imageFolder } from '@normlab/datasets/node';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { narrow, normlab, temporaryFolder } from './spawnNormlab.js';

const folder = temporaryFolder();

describe('normlab eval', () => {
  beforeAll(async () => {
    await normlab(['train', ...narrow, '--steps', '3', '--out', 'run'], folder);
  });

  it('gives the accuracy, loss and confusion that the training ended with', async () => {
    const training = await normlab(['train', '--resume', 'run', '--json'], folder);
    const { status, stdout } = await normlab(['eval', 'run', '--json'], folder);
    expect(status).toBe(0);
    const { test }: { test: object } = JSON.parse(training.stdout);
    const result: { confusion: number[][] } = JSON.parse(stdout);
    expect(result).toMatchObject({ run: 'run', step: 3, ...test });
    expect(result.confusion.flat().reduce((sum, count) => sum + count)).toBe(20);
  });

  it('prints the confusion as a table for people', async () => {
    const { stdout } = await normlab(['eval', 'run'], folder);
    expect(stdout).toMatch(/accuracy \d+\.\d %/);
    expect(stdout).toContain('truth \\ taken for');
  });

  it('--re-estimate takes other statistics, and a number of images only', async () => {
    const json = async (...args: string[]): Promise<{ loss: number }> =>
      JSON.parse((await normlab(['eval', 'run', '--json', ...args], folder)).stdout);
    // After three steps the running average is still mostly what it began with, 0 and 1.
    expect((await json('--re-estimate', '64')).loss).not.toBe((await json()).loss);
    const { status, stderr } = await normlab(['eval', 'run', '--re-estimate', 'all'], folder);
    expect(stderr).toContain('--re-estimate must be an integer ≥ 1, a number of training images, got "all"');
    expect(status).toBe(2);
  });

  it('a folder that holds no run is refused', async () => {
    const { status, stderr } = await normlab(['eval', 'nowhere'], folder);
    expect(stderr).toBe(
      'run folder: nowhere must be the folder of a run, with its config.json, got "nothing there".\n',
    );
    expect(status).toBe(1);
  });
});

describe('normlab convert', () => {
  it('pictures read by cifar10(out) = pictures read by imageFolder(images)', async () => {
    const { train } = builtIn(1, { train: 20, test: 1 });
    for (const [index, label] of train.labels.entries()) {
      const place = join(folder, 'pictures', index < 10 ? 'train' : 'test', `class-${label}`);
      mkdirSync(place, { recursive: true });
      const pixels = train.images.subarray(index * 3072, (index + 1) * 3072);
      const picture = sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } });
      await picture.jpeg().toFile(join(place, 'a.jpg'));
    }
    const { status } = await normlab(['convert', 'pictures', 'binary'], folder);
    expect(status).toBe(0);
    const [converted, decoded] = [
      await cifar10(join(folder, 'binary')),
      await imageFolder(join(folder, 'pictures')),
    ];
    expect(Buffer.compare(converted.train.images, decoded.train.images)).toBe(0);
    expect(Buffer.compare(converted.test.images, decoded.test.images)).toBe(0);
  });

  it('leaves a folder alone that is not empty', async () => {
    mkdirSync(join(folder, 'taken'));
    writeFileSync(join(folder, 'taken', 'letter.txt'), 'dear');
    const { status, stderr } = await normlab(['convert', 'pictures', 'taken'], folder);
    expect(stderr).toContain('not exist yet, or be an empty folder');
    expect(status).toBe(1);
    expect(existsSync(join(folder, 'taken', 'test_batch.bin'))).toBe(false);
  });
});

describe('normlab params', () => {
  it('prints the paper’s count beside ours as JSON', async () => {
    const args = ['params', '--model', 'resnet-29', '--classes', '10', '--norm', 'bn', '--json'];
    const { stdout } = await normlab(args, folder);
    expect(JSON.parse(stdout)).toEqual([
      {
        model: 'resnet-29',
        norm: 'bn',
        classes: 10,
        trainable: 4_238_922,
        statistics: 16_256,
        bytes: 16_955_688,
        paper: 4_238_922,
      },
    ]);
  });

  it('without --model: all networks under all placements, Table 4 to the last parameter', async () => {
    const { stdout } = await normlab(['params'], folder);
    expect(stdout.split('\n').filter((line) => line.endsWith('equal'))).toHaveLength(6);
    expect(stdout).not.toContain('NOT equal');
    expect(stdout.trimEnd().split('\n')).toHaveLength(2 + 4 * 7);
  });

  it('for one network: its layers', async () => {
    const { stdout } = await normlab(['params', '--model', 'all-cnn', '--norm', 'none'], folder);
    expect(stdout).toMatch(/conv9 +conv +6×6×10 +17,280 +622,080/);
  });

  it('counts of another width stand beside no count of the paper', async () => {
    const args = ['params', '--model', 'resnet-29', '--norm', 'bn', '--width', '0.5', '--json'];
    expect(JSON.parse((await normlab(args, folder)).stdout)).toMatchObject([{ paper: null }]);
  });
});

describe('normlab laws', () => {
  it('reports each law as JSON', async () => {
    const args = ['laws', '--runs', '2', '--only', '3,9', '--backend', 'cpu', '--json'];
    const { status, stdout } = await normlab(args, folder);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      seed: 1,
      runs: 2,
      backends: [
        {
          name: 'cpu',
          laws: [
            { id: '3', holds: true },
            { id: '9', holds: true },
          ],
        },
      ],
    });
  });

  it.each([
    [['--backend', 'cpu,webgp'], 'did you mean "webgpu"?'],
    [['--runs', '0'], '--runs must be an integer ≥ 1'],
    [['--only', '99'], 'hold ids of laws, got "99"'],
  ])('%j is bad usage', async (args, message) => {
    const { status, stderr } = await normlab(['laws', ...args], folder);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });
});

describe('normlab recipes', () => {
  it('lists them by name', async () => {
    const { stdout } = await normlab(['recipes'], folder);
    expect(stdout).toContain('table-2/nin-cbn-all-cifar100');
  });
});

describe('normlab download', () => {
  it('an archive of another content is refused before anything is unpacked', async () => {
    const server = createServer((_, response) => response.end('no archive')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.on('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const url = `http://127.0.0.1:${port}/cifar-10-binary.tar.gz`;
    const { status, stderr } = await normlab(['download', 'cifar10', 'official', '--url', url], folder);
    server.close();
    expect(stderr).toContain('download');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(status).toBe(1);
    expect(existsSync(join(folder, 'official', 'cifar-10-batches-bin'))).toBe(false);
  });

  it('another name is bad usage', async () => {
    const { status, stderr } = await normlab(['download', 'cifar', 'official'], folder);
    expect(stderr).toContain('did you mean "cifar10" or "cifar100"?');
    expect(status).toBe(2);
  });
});
