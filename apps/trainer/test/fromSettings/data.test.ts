import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { builtIn, type Dataset, type SplitDataset, subset } from '@normlab/datasets';
import { writeCifar10 } from '@normlab/datasets/node';
import { messageOf } from '@normlab/testing';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { type LoadListener, loadData, reloadData, withValidation } from '../../src/fromSettings/data.js';
import { temporaryFolder } from '../commands/spawnNormlab.js';

const folder = temporaryFolder();
const images = join(folder, 'images');
const silent: LoadListener = { decoded: () => {}, ended: () => {}, warn: () => {} };
const few = builtIn(1, { train: 40, test: 10 });

/** A data set with a hash in place of its bytes, whose differences would be too long to show. */
function briefly({ images: bytes, labels, ...rest }: Dataset): object {
  return { ...rest, labels: [...labels], sha256: createHash('sha256').update(bytes).digest('hex') };
}

function bothBriefly({ train, test }: SplitDataset): object[] {
  return [briefly(train), briefly(test)];
}

beforeAll(async () => {
  await writeCifar10(join(folder, 'cifar'), few);
  for (const place of ['train/dark', 'train/light', 'test/dark', 'test/light']) {
    mkdirSync(join(images, place), { recursive: true });
    for (const name of ['0.png', '1.png']) {
      const background = place.endsWith('dark') ? '#102030' : '#d0e0f0';
      const image = sharp({ create: { width: 8, height: 8, channels: 3, background } });
      await image.png().toFile(join(images, place, name));
    }
  }
});

describe('loadData', () => {
  it('draws the built-in images in exactly the sizes that are given, always the same', async () => {
    const dataset = 'built-in';
    expect(bothBriefly(await loadData({ dataset, trainImages: 40, testImages: 10 }, silent))).toEqual(
      bothBriefly(few),
    );
    const [train, test] = [
      await loadData({ dataset, trainImages: 40 }, silent),
      await loadData({ dataset, testImages: 10 }, silent),
    ];
    expect(briefly(train.train)).toEqual(briefly(few.train));
    expect(briefly(test.test)).toEqual(briefly(few.test));
    const whole = builtIn(1);
    expect(train.test.labels.length).toBe(whole.test.labels.length);
    expect(test.train.labels.length).toBe(whole.train.labels.length);
  });

  it('reads CIFAR-10 from its folder, and takes equally many images of each class', async () => {
    const settings = { dataset: 'cifar10', data: join(folder, 'cifar') } as const;
    const whole = await loadData(settings, silent);
    expect(whole.train.labels).toEqual(few.train.labels);
    expect(whole.test.labels).toEqual(few.test.labels);
    const part = await loadData({ ...settings, trainImages: 20, testImages: 5 }, silent);
    expect(briefly(part.train)).toEqual(briefly(subset(whole.train, 20)));
    expect(briefly(part.test)).toEqual(briefly(subset(whole.test, 5)));
  });

  it('looks for CIFAR-100 in its folder', async () => {
    const settings = { dataset: 'cifar100', data: join(folder, 'cifar') } as const;
    expect(await messageOf(() => loadData(settings, silent))).toMatch(/^DataError: cifar100: .*train\.bin/);
  });

  it('decodes a folder of images, says how far it is, and warns', async () => {
    const told: (readonly [number, number])[] = [];
    const { train, test } = await loadData(
      { dataset: 'images', data: images },
      { ...silent, decoded: (done, total) => told.push([done, total]) },
    );
    expect(train.classes).toEqual(['dark', 'light']);
    expect([train.labels.length, test.labels.length]).toEqual([4, 4]);
    expect(told.at(-1)).toEqual([8, 8]);
  });

  it.each([
    ['whole', false],
    ['damaged', true],
  ])('says last that no more images will be decoded: the last image is %s', async (name, isDamaged) => {
    const data = join(folder, name);
    cpSync(images, data, { recursive: true });
    if (isDamaged) truncateSync(join(data, 'test/light/1.png'), 60);
    const told: string[] = [];
    const load = loadData(
      { dataset: 'images', data },
      { ...silent, decoded: () => told.push('decoded'), ended: () => told.push('ended') },
    );
    if (isDamaged) await expect(load).rejects.toThrow('1.png must be a whole image');
    else await load;
    expect(told).toEqual([...Array(isDamaged ? 7 : 8).fill('decoded'), 'ended']);
  });
});

describe('reloadData', () => {
  it('says how to name a folder that is not in its place any more', async () => {
    const data = join(folder, 'gone');
    expect(await messageOf(() => reloadData({ dataset: 'images', data }, silent))).toBe(
      `DataError: run folder: ${data} must be the folder of the data that the run was started on, got "nothing there" (say by --data where that folder is now).`,
    );
  });

  it('names a place that the system refuses to look at', async () => {
    const data = join(folder, 'x'.repeat(5000));
    expect(await messageOf(() => reloadData({ dataset: 'images', data }, silent))).toMatch(
      /^DataError: run folder: .* must say whether it exists, got "ENAMETOOLONG/,
    );
  });

  it('reads data that are in their place, and needs no place for the built-in images', async () => {
    expect((await reloadData({ dataset: 'images', data: images }, silent)).train.labels.length).toBe(4);
    const drawn = await reloadData({ dataset: 'built-in', trainImages: 40, testImages: 10 }, silent);
    expect(bothBriefly(drawn)).toEqual(bothBriefly(few));
  });
});

describe('withValidation', () => {
  it('holds out nothing unless it is asked to', () => {
    expect(withValidation(few, { seed: 1 }) === few).toBe(true);
  });

  it('holds images out that the seed selects, and leaves the test images be', () => {
    const { train, test, validation } = withValidation(few, { validation: 10, seed: 1 });
    expect([train.labels.length, validation!.labels.length]).toEqual([30, 10]);
    expect(test === few.test).toBe(true);
    const heldOut = (seed: number) => briefly(withValidation(few, { validation: 10, seed }).validation!);
    expect(heldOut(1)).toEqual(briefly(validation!));
    expect(heldOut(2)).not.toEqual(briefly(validation!));
  });

  it('leaves at least one image to train on', async () => {
    expect(withValidation(few, { validation: 39, seed: 1 }).train.labels.length).toBe(1);
    expect(await messageOf(() => withValidation(few, { validation: 40, seed: 1 }))).toBe(
      'OptionError: normlab train: --validation must be at most 39, so that images are left to train on, got 40.',
    );
  });
});
