import { DataError } from '@normlab/errors';
import type { Dataset } from '../dataset.js';
import { cifar10Layout, cifarPixels, cifarSide, recordLength } from './cifarLayout.js';

/**
 * Images [from, to) of a data set as CIFAR-10 records; {@link parseCifar10} reads back the same
 * bytes.
 *
 * @throws DataError unless the images are 32×32 and the data set has ten classes
 */
export function encodeCifar10(dataset: Dataset, from = 0, to = dataset.labels.length): Uint8Array {
  checkCifar10('encodeCifar10', dataset);
  const plane = cifarPixels / 3;
  const length = recordLength(cifar10Layout);
  const bytes = new Uint8Array((to - from) * length);
  for (let index = from; index < to; index++) {
    const start = (index - from) * length;
    bytes[start] = dataset.labels[index]!;
    let source = index * cifarPixels;
    for (let pixel = start + 1; pixel <= start + plane; pixel++, source += 3) {
      bytes[pixel] = dataset.images[source]!;
      bytes[pixel + plane] = dataset.images[source + 1]!;
      bytes[pixel + 2 * plane] = dataset.images[source + 2]!;
    }
  }
  return bytes;
}

/** @throws DataError unless the images fit CIFAR-10's layout: 32×32, ten classes */
export function checkCifar10(where: string, { shape, classes }: Dataset): void {
  if (shape[0] !== cifarSide || shape[1] !== cifarSide) {
    throw new DataError({
      where,
      what: 'images',
      rule: `have shape [${cifarSide}, ${cifarSide}, 3], the only one in CIFAR-10's layout`,
      got: shape,
    });
  }
  if (classes.length !== 10) {
    throw new DataError({
      where,
      what: 'the data set',
      rule: "have 10 classes, as CIFAR-10's layout has",
      got: classes.length,
    });
  }
}
