import { cifar10Classes, cifar100Classes, cifar100Superclasses } from './classNames.js';

/** Height and width of a CIFAR image. */
export const cifarSide = 32;

/** Bytes of one image: three planes (red, green, blue), each row by row. */
export const cifarPixels = cifarSide * cifarSide * 3;

/** The files and records of one of the two official binary data sets. */
export type CifarLayout = {
  /** The folder in the official archive. */
  readonly folder: string;
  readonly trainFiles: readonly string[];
  readonly testFiles: readonly string[];
  /** Records in each official file, by name. */
  readonly records: Readonly<Record<string, number>>;
  /** A record's label bytes, in order, before its pixels. */
  readonly labels: readonly CifarLabel[];
};

export type CifarLabel = {
  /** Its name in errors: `fine label`. */
  readonly name: string;
  /** The class names in their official order. */
  readonly classes: readonly string[];
  /** The text file beside the data that lists the class names, one per line. */
  readonly namesFile: string;
};

const trainBatches = [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`);

export const cifar10Layout: CifarLayout = {
  folder: 'cifar-10-batches-bin',
  trainFiles: trainBatches,
  testFiles: ['test_batch.bin'],
  records: Object.fromEntries([...trainBatches, 'test_batch.bin'].map((file) => [file, 10_000])),
  labels: [{ name: 'label', classes: cifar10Classes, namesFile: 'batches.meta.txt' }],
};

export const cifar100Layout: CifarLayout = {
  folder: 'cifar-100-binary',
  trainFiles: ['train.bin'],
  testFiles: ['test.bin'],
  records: { 'train.bin': 50_000, 'test.bin': 10_000 },
  labels: [
    { name: 'coarse label', classes: cifar100Superclasses, namesFile: 'coarse_label_names.txt' },
    { name: 'fine label', classes: cifar100Classes, namesFile: 'fine_label_names.txt' },
  ],
};

/** Bytes of one record. */
export function recordLength({ labels }: CifarLayout): number {
  return labels.length + cifarPixels;
}
