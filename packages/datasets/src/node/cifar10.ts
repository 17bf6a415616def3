import { withFileErrors } from '@normlab/files';
import { cifar10Layout } from '../cifar/cifarLayout.js';
import type { SplitDataset } from '../dataset.js';
import { readCifar } from './readCifar.js';

/**
 * CIFAR-10 from its official binary files: `data_batch_1.bin` … `data_batch_5.bin`, `test_batch.bin` of 10 000 records
 * each, and `batches.meta.txt` with the class names (the official names if it is missing).
 *
 * Every size is checked before anything is read. If `writeCifar10` wrote another number of images, `records.json` says
 * how many, and the sizes must match it.
 *
 * @param dir the folder of these files, or the one that holds `cifar-10-batches-bin`
 * @throws DataError, with file and byte offset, for a missing or empty folder, a file that is cut off
 * or too long, a label above 9
 */
export function cifar10(dir: string): Promise<SplitDataset> {
  return withFileErrors('cifar10', () => readCifar('cifar10', dir, cifar10Layout, 0));
}
