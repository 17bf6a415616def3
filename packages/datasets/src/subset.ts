import { checkInteger } from './checkNumber.js';
import { countImages } from './countImages.js';
import type { Dataset } from './dataset.js';

/**
 * `count` images of a data set: the first of each class, so that all classes have equal shares whatever the order of
 * the data set. The images keep that order. Returns the data set itself if it has no more than `count` images.
 *
 * @example
 * ```ts
 * const { train } = await cifar10('./cifar');
 * const few = subset(train, 1000); // the first 100 images of each class
 * ```
 *
 * @throws OptionError unless count is an integer ≥ 1; ShapeError if the data set's parts do not fit together
 */
export function subset(dataset: Dataset, count: number): Dataset {
  checkInteger('subset', 'count', count, 1);
  if (count >= countImages('subset', dataset)) return dataset;
  return imagesAt(dataset, firstOfEachClass(dataset.labels, count));
}

/** Copies of the images at some places, in the order of the places. */
export function imagesAt(dataset: Dataset, places: readonly number[]): Dataset {
  const bytes = dataset.images.length / dataset.labels.length;
  const images = new Uint8Array(places.length * bytes);
  const labels = new Uint8Array(places.length);
  for (const [place, index] of places.entries()) {
    images.set(dataset.images.subarray(index * bytes, (index + 1) * bytes), place * bytes);
    labels[place] = dataset.labels[index]!;
  }
  return { ...dataset, images, labels };
}

/** Places of the first images of each class in turn, `count` in all, in rising order. */
export function firstOfEachClass(labels: Uint8Array, count: number): number[] {
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
