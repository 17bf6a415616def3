import { builtIn, type Dataset, type SplitDataset } from '@normlab/datasets';
import { cifar10, cifar100, imageFolder } from '@normlab/datasets/node';
import type { Settings } from '../settings/settings.js';

/** Seed of the built-in pictures: the same ones for every run, whatever the run's own seed. */
const builtInSeed = 1;

/** Who is told while a data set is loaded. */
export type LoadListener = {
  /** Pictures decoded so far, where they are. */
  decoded(done: number, total: number): void;
  warn(message: string): void;
};

/**
 * The data set that settings name, cut to `trainImages` and `testImages` where these are given; the built-in
 * one is drawn in just that size.
 *
 * @throws DataError where files are missing or are not what they should be
 */
export async function loadData(
  settings: Pick<Settings, 'dataset' | 'data' | 'trainImages' | 'testImages'>,
  listener: LoadListener,
): Promise<SplitDataset> {
  const { trainImages, testImages } = settings;
  if (settings.dataset === 'built-in') {
    return builtIn(builtInSeed, {
      ...(trainImages !== undefined && { train: trainImages }),
      ...(testImages !== undefined && { test: testImages }),
    });
  }
  const { train, test } = await read(settings.dataset, settings.data ?? '.', listener);
  return { train: evenly(train, trainImages), test: evenly(test, testImages) };
}

function read(
  dataset: Exclude<Settings['dataset'], 'built-in'>,
  data: string,
  { decoded, warn }: LoadListener,
): Promise<SplitDataset> {
  switch (dataset) {
    case 'cifar10':
      return cifar10(data);
    case 'cifar100':
      return cifar100(data);
    case 'images':
      return imageFolder(data, { onProgress: ({ done, total }) => decoded(done, total), onWarning: warn });
  }
}

/**
 * `count` pictures, the first ones of each class in turn, so that all classes are there in equal shares
 * whatever the order of the data set; they keep that order.
 */
export function evenly(dataset: Dataset, count = Number.POSITIVE_INFINITY): Dataset {
  const total = dataset.labels.length;
  if (count >= total) return dataset;
  const bytes = dataset.images.length / total;
  const images = new Uint8Array(count * bytes);
  const labels = new Uint8Array(count);
  for (const [place, index] of firstOfEachClass(dataset.labels, count).entries()) {
    images.set(dataset.images.subarray(index * bytes, (index + 1) * bytes), place * bytes);
    labels[place] = dataset.labels[index]!;
  }
  return { ...dataset, images, labels };
}

function firstOfEachClass(labels: Uint8Array, count: number): number[] {
  const seen = new Map<number, number>();
  const ranked = Array.from(labels, (label, index) => {
    const rank = seen.get(label) ?? 0;
    seen.set(label, rank + 1);
    return { index, label, rank };
  });
  return ranked
    .sort((a, b) => a.rank - b.rank || a.label - b.label)
    .slice(0, count)
    .map(({ index }) => index)
    .sort((a, b) => a - b);
}
