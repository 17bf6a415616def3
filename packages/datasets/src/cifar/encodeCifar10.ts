import { DataError } from '@normlab/errors';
import { checkInteger } from '../checkNumber.js';
import { countImages } from '../countImages.js';
import type { Dataset } from '../dataset.js';
import { cifar10Layout, cifarPixels, cifarSide, recordLength } from './cifarLayout.js';

/**
 * Images [from, to) of a data set as CIFAR-10 records; {@link parseCifar10} reads back the same
 * bytes.
 *
 * @throws DataError unless the images are 32×32, the data set has ten classes and every label is below 10; OptionError
 *   unless from ≤ to are integers in [0, N]; ShapeError if the data set's parts do not fit together
 */
export function encodeCifar10(dataset: Dataset, from = 0, to = dataset.labels.length): Uint8Array {
  const count = checkCifar10('encodeCifar10', dataset);
  checkInteger('encodeCifar10', 'from', from, 0, count);
  checkInteger('encodeCifar10', 'to', to, from, count);
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

/**
 * The number of images of a data set that fits CIFAR-10's layout.
 *
 * @throws DataError unless it does: 32×32, ten classes, labels below 10; ShapeError if its parts do not fit together
 */
export function checkCifar10(where: string, dataset: Dataset): number {
  const { shape, classes, labels } = dataset;
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
  const wrong = labels.findIndex((label) => label >= classes.length);
  if (wrong >= 0) {
    throw new DataError({
      where,
      what: `the label of image ${wrong}`,
      rule: `be below ${classes.length}`,
      got: labels[wrong],
    });
  }
  return countImages(where, dataset);
}
