import { builtIn, type SplitDataset, subset } from '@normlab/datasets';
import { cifar10, cifar100, imageFolder } from '@normlab/datasets/node';
import type { Settings } from '../settings/settings.js';

/** Seed of the built-in images: the same ones for every run, whatever the run's own seed. */
const builtInSeed = 1;

/** Who is told while a data set is loaded. */
export type LoadListener = {
  /** Images decoded so far, where they are. */
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
  return {
    train: trainImages === undefined ? train : subset(train, trainImages),
    test: testImages === undefined ? test : subset(test, testImages),
  };
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
