import * as datasets from '@normlab/datasets';
import * as datasetsNode from '@normlab/datasets/node';
import { NormlabError } from '@normlab/errors';
import { randomStream } from '@normlab/random';
import { describe, expect, it } from 'vitest';
import { noiseDataset, noiseImage } from './fixtures.js';

// JavaScript's view of the package: every argument may be anything.
type Loose = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
const call = datasets as unknown as Loose;
const node = datasetsNode as unknown as Loose;

const image = noiseImage(1, 6, 5);
const dataset = noiseDataset(20, { side: 4 });
const cifar = noiseDataset(2);
const stream = randomStream(1);

const notFinite = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, '2', null];
const notWhole = [...notFinite, -1, 2.5];
const withMissing = (wrong: readonly unknown[]) => [...wrong, undefined];

const cutImage = { ...image, values: image.values.subarray(1) };
const cutDataset = { ...dataset, images: dataset.images.subarray(1) };
const means = (wrong: unknown) => ({ mean: wrong, sd: [1, 1, 1] });
const sds = (wrong: unknown) => ({ mean: [0, 0, 0], sd: wrong });
const wrongMeans = [[0, Number.NaN, 0], [0, 0], [0, 0, 0, 0], undefined];
const wrongSds = [[1, 0, 1], [1, -1, 1], [1, Number.POSITIVE_INFINITY, 1], [1, 1], undefined];

/** What the error names, a call with a wrong value, and wrong values. */
type Refusal = readonly [string, (wrong: unknown) => unknown, readonly unknown[]];

const refusals: Readonly<Record<string, readonly Refusal[]>> = {
  batches: [
    ['size', (size) => call.batches!(dataset, { size, seed: 1, epoch: 0 }), withMissing([...notWhole, 0])],
    ['seed', (seed) => call.batches!(dataset, { size: 1, seed, epoch: 0 }), withMissing(notWhole)],
    ['epoch', (epoch) => call.batches!(dataset, { size: 1, seed: 1, epoch }), withMissing(notWhole)],
    ['from', (from) => call.batches!(dataset, { size: 1, seed: 1, epoch: 0, from }), [...notWhole, 21]],
    ['images', (wrong) => call.batches!(wrong, { size: 1, seed: 1, epoch: 0 }), [cutDataset]],
  ],
  brightness: [['delta', (delta) => call.brightness!(image, delta), withMissing(notFinite)]],
  builtIn: [
    ['seed', (seed) => call.builtIn!(seed, { train: 1, test: 1 }), withMissing(notWhole)],
    ['train', (train) => call.builtIn!(1, { train, test: 1 }), [...notWhole, 0, 1e6 + 1]],
    ['test', (test) => call.builtIn!(1, { train: 1, test }), [...notWhole, 0, 1e6 + 1]],
  ],
  centralCrop: [
    ['size', (size) => call.centralCrop!(image, { size }), withMissing([...notWhole, 0])],
    ['image', (wrong) => call.centralCrop!(wrong, { size: 5 }), [cutImage]],
  ],
  channelStatistics: [
    ['the number of images', (wrong) => call.channelStatistics!(wrong), [noiseDataset(0)]],
    ['images', (wrong) => call.channelStatistics!(wrong), [cutDataset]],
  ],
  contrast: [['factor', (factor) => call.contrast!(image, factor), withMissing(notFinite)]],
  encodeCifar10: [
    ['from', (from) => call.encodeCifar10!(cifar, from), [...notWhole, 3]],
    ['to', (to) => call.encodeCifar10!(cifar, 1, to), [...notWhole, 0, 3]],
    ['images', (wrong) => call.encodeCifar10!(wrong), [{ ...cifar, images: cifar.images.subarray(1) }]],
  ],
  evaluationBatches: [
    ['size', (size) => call.evaluationBatches!(dataset, { size }), withMissing([...notWhole, 0])],
    ['images', (wrong) => call.evaluationBatches!(wrong, { size: 1 }), [cutDataset]],
  ],
  flip: [['image', (wrong) => call.flip!(wrong), [cutImage]]],
  holdOut: [
    ['count', (count) => call.holdOut!(dataset, { count, seed: 1 }), withMissing([...notWhole, 0, 20])],
    ['seed', (seed) => call.holdOut!(dataset, { count: 1, seed }), withMissing(notWhole)],
    ['images', (wrong) => call.holdOut!(wrong, { count: 1, seed: 1 }), [cutDataset]],
  ],
  imageAt: [
    ['index', (index) => call.imageAt!(dataset, index), withMissing([...notWhole, 20])],
    ['images', (wrong) => call.imageAt!(wrong, 0), [cutDataset]],
  ],
  normalizeChannels: [
    ['mean', (mean) => call.normalizeChannels!(image, means(mean)), wrongMeans],
    ['sd', (sd) => call.normalizeChannels!(image, sds(sd)), wrongSds],
  ],
  pad: [
    ['margin', (margin) => call.pad!(image, { margin }), withMissing(notWhole)],
    ['image', (wrong) => call.pad!(wrong, { margin: 1 }), [cutImage]],
  ],
  padCropFlip: [
    ['mean', (mean) => call.padCropFlip!(means(mean)), wrongMeans],
    ['sd', (sd) => call.padCropFlip!(sds(sd)), wrongSds],
  ],
  plain: [
    ['mean', (mean) => call.plain!(means(mean)), wrongMeans],
    ['sd', (sd) => call.plain!(sds(sd)), wrongSds],
  ],
  randomBrightness: [
    [
      'maxDelta',
      (maxDelta) => call.randomBrightness!(image, stream, { maxDelta }),
      withMissing([...notFinite, -1]),
    ],
  ],
  randomContrast: [
    ['low', (low) => call.randomContrast!(image, stream, { low, high: 2 }), withMissing(notFinite)],
    [
      'high',
      (high) => call.randomContrast!(image, stream, { low: 1, high }),
      withMissing([...notFinite, 0.5]),
    ],
  ],
  randomCrop: [
    ['size', (size) => call.randomCrop!(image, stream, { size }), withMissing([...notWhole, 0])],
    ['image', (wrong) => call.randomCrop!(wrong, stream, { size: 5 }), [cutImage]],
  ],
  randomFlip: [['image', (wrong) => call.randomFlip!(wrong, stream), [cutImage]]],
  stepsPerEpoch: [
    ['count', (count) => call.stepsPerEpoch!(count, 2), withMissing([...notWhole, 0])],
    ['size', (size) => call.stepsPerEpoch!(5, size), withMissing([...notWhole, 0])],
  ],
  subset: [
    ['count', (count) => call.subset!(dataset, count), withMissing([...notWhole, 0])],
    ['images', (wrong) => call.subset!(wrong, 1), [cutDataset]],
  ],
};

/** Their bytes or values may be any. */
const withoutNumbers = ['parseCifar10', 'parseCifar100', 'standardizeImage'];

it('every function has its rows here', () => {
  const functions = Object.entries(datasets).filter(([, each]) => typeof each === 'function');
  expect([...Object.keys(refusals), ...withoutNumbers].sort()).toEqual(
    functions.map(([name]) => name).sort(),
  );
});

describe.each(Object.entries(refusals))('%s refuses wrong values', (name, rows) => {
  it.each(rows)('%s', (what, use, wrongs) => {
    for (const wrong of wrongs) {
      const refused = expect.objectContaining({ message: expect.stringContaining(`${name}: ${what} must `) });
      expect(() => use(wrong), String(wrong)).toThrow(refused);
      expect(() => use(wrong), String(wrong)).toThrow(NormlabError);
    }
  });
});

const archive = { ...datasetsNode.archives.cifar10, url: 'http://127.0.0.1:9/' };

/** The functions that read and write files: they reject, before they look for a file or an address. */
const nodeRefusals: Readonly<Record<string, readonly Refusal[]>> = {
  download: [
    [
      'retryDelay',
      (retryDelay) => node.download!('cifar10', 'no/such/folder', { retryDelay, url: 'none' }),
      [...notFinite, -1, 2 ** 31],
    ],
  ],
  downloadArchive: [
    [
      'archive.bytes',
      (bytes) => node.downloadArchive!({ ...archive, bytes }, 'no/such/folder'),
      withMissing([...notWhole, 0]),
    ],
  ],
  readImage: [
    [
      'shape',
      (shape) => node.readImage!('no/such/file', { shape }),
      [
        ...notWhole.flatMap((wrong) => [[wrong, 2, 3] as unknown[], [2, wrong, 3], [2, 2, wrong]]),
        ...[
          [0, 2, 3],
          [2, 0, 3],
          [2, 2, 1],
          [2, 2],
          [2, 2, 3, 3],
          [2 ** 14, 2 ** 14 + 1, 3],
        ],
        ...['abc', 3, null, undefined],
      ],
    ],
  ],
};

/** They take no numbers; `writeCifar10` checks its images and labels itself. */
const nodeWithoutNumbers = ['cifar10', 'cifar100', 'imageFolder', 'writeCifar10'];

it('every function of the entry for Node has its rows here', () => {
  const functions = Object.entries(datasetsNode).filter(([, each]) => typeof each === 'function');
  expect([...Object.keys(nodeRefusals), ...nodeWithoutNumbers].sort()).toEqual(
    functions.map(([name]) => name).sort(),
  );
});

describe.each(Object.entries(nodeRefusals))('%s refuses wrong values', (name, rows) => {
  it.each(rows)('%s', async (what, use, wrongs) => {
    const where = name === 'downloadArchive' ? 'download' : name;
    for (const wrong of wrongs) {
      const error = await Promise.resolve(use(wrong)).catch((reason: unknown) => reason);
      expect(error, String(wrong)).toBeInstanceOf(NormlabError);
      expect((error as Error).message).toContain(`${where}: ${what} must `);
    }
  });
});

it('crop24 takes no shape without a height and a width', () => {
  expect(() => datasets.crop24.outputShape([Number.NaN, 32, 3])).toThrow('crop24: image must have');
  expect(() => datasets.crop24.outputShape([32, Number.NaN, 3])).toThrow('crop24: image must have');
});
