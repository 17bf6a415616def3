import { refuseOthers } from '@normlab/errors';
import { withFileErrors } from '@normlab/files';
import { cifar100Layout } from '../cifar/cifarLayout.js';
import { cifar100LabelPlace } from '../cifar/parseCifar.js';
import type { SplitDataset } from '../dataset.js';
import { readCifar } from './readCifar.js';

export type Cifar100Options = {
  /** Which of the two labels to take: 100 classes or 20 superclasses; `fine` by default. */
  readonly labels?: 'fine' | 'coarse';
};

/**
 * CIFAR-100 from its official binary files: `train.bin` of 50 000 records, `test.bin` of 10 000, and
 * `fine_label_names.txt` / `coarse_label_names.txt` (the official names if these are missing).
 *
 * Every size is checked before anything is read; another number of records is allowed if a `records.json` beside the
 * files gives it.
 *
 * @param dir the folder of these files, or the one that holds `cifar-100-binary`
 * @throws DataError, with file and byte offset, for a missing or empty folder, a file that is cut off
 * or too long, a label out of range; OptionError for other `labels`
 */
export async function cifar100(
  dir: string,
  { labels = 'fine', ...others }: Cifar100Options = {},
): Promise<SplitDataset> {
  refuseOthers('cifar100', others, ['labels']);
  const place = cifar100LabelPlace('cifar100', labels);
  return withFileErrors('cifar100', () => readCifar('cifar100', dir, cifar100Layout, place));
}
