import { builtIn, type Dataset, holdOut, type SplitDataset, subset } from '@normlab/datasets';
import type { ImageFolderProgress } from '@normlab/datasets/node';
import { DataError, OptionError } from '@normlab/errors';
import { fileExists } from '@normlab/files';
import type { Settings } from '../settings/settings.js';

/** Seed of the built-in images: every run has the same images, whatever its own seed. */
const builtInSeed = 1;

/** Callbacks while a data set is loaded. */
export type LoadListener = {
  /** Called after each decoded image, if images are decoded. */
  decoded(done: number, total: number): void;
  /** Called when no more images will be decoded, also after an error. */
  ended(): void;
  warn(message: string): void;
};

/**
 * The data set that the settings name, reduced to `trainImages` and `testImages` if these are given; the built-in set
 * is drawn in exactly that size.
 *
 * @throws DataError if files are missing or invalid
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

/**
 * {@link loadData} for a run that was started before.
 *
 * @throws DataError that says how to name the folder of the data, where it is not in its place any more
 */
export async function reloadData(
  settings: Parameters<typeof loadData>[0],
  listener: LoadListener,
): Promise<SplitDataset> {
  const { data } = settings;
  if (data !== undefined && !fileExists(data, { where: 'run folder' })) {
    throw new DataError({
      where: 'run folder',
      what: data,
      rule: 'be the folder of the data that the run was started on',
      got: 'nothing there',
      hint: 'say by --data where that folder is now',
      file: data,
    });
  }
  return loadData(settings, listener);
}

async function read(
  dataset: Exclude<Settings['dataset'], 'built-in'>,
  data: string,
  listener: LoadListener,
): Promise<SplitDataset> {
  // Here, as it loads decoders that the built-in images do not need.
  const { cifar10, cifar100 } = await import('@normlab/datasets/node');
  switch (dataset) {
    case 'cifar10':
      return cifar10(data);
    case 'cifar100':
      return cifar100(data);
    case 'images':
      return readImages(data, listener);
  }
}

/** The images of a folder; the listener is called while they are decoded. */
export async function readImages(
  folder: string,
  { decoded, ended, warn }: LoadListener,
): Promise<SplitDataset> {
  const { imageFolder } = await import('@normlab/datasets/node');
  const onProgress = ({ done, total }: ImageFolderProgress) => decoded(done, total);
  return imageFolder(folder, { onProgress, onWarning: warn }).finally(ended);
}

/** A data set as a run uses it; `train` is without the images that are held out for validation. */
export type RunData = SplitDataset & { readonly validation?: Dataset };

/**
 * Holds `validation` training images out, selected by the run's seed, equally many of each class.
 *
 * @throws OptionError if no images would be left to train on
 */
export function withValidation(
  data: SplitDataset,
  { validation: count, seed }: Pick<Settings, 'validation' | 'seed'>,
): RunData {
  if (count === undefined) return data;
  const most = data.train.labels.length - 1;
  if (count > most) {
    const rule = `be at most ${most}, so that images are left to train on`;
    throw new OptionError({ where: 'normlab train', what: '--validation', rule, got: count });
  }
  const { rest, heldOut } = holdOut(data.train, { count, seed });
  return { train: rest, test: data.test, validation: heldOut };
}
