import { cp, readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { OptionError } from '@normlab/errors';

/** The cache of decoded images: many times the size of the files, and created again if it is missing. */
const decoded = '.normlab-cache';

/**
 * Checks that a folder has the layout of a data set that `normlab train` reads.
 *
 * @throws OptionError if it is not
 */
export async function checkDataset(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  const isImages = names.includes('train') && names.includes('test');
  const isCifar = names.some(
    (name) => name.endsWith('.bin') || ['cifar-10-batches-bin', 'cifar-100-binary'].includes(name),
  );
  if (isImages || isCifar) return;
  throw new OptionError({
    where: 'bundle:gpu',
    what: '--data',
    rule: 'be a folder with train and test, or with CIFAR’s .bin files',
    got: folder,
  });
}

/** Copies a data set without normlab's cache. */
export async function copyDataset(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, filter: (path) => basename(path) !== decoded });
}
