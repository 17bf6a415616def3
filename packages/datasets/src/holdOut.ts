import { OptionError, refuseOthers } from '@normlab/errors';
import { checkSeed, deriveSeed, permutation, randomStream } from '@normlab/random';
import { countImages } from './countImages.js';
import type { Dataset } from './dataset.js';
import { firstOfEachClass, imagesAt } from './subset.js';

export type HoldOutOptions = {
  /** Images to hold out. */
  readonly count: number;
  /** Decides which. */
  readonly seed: number;
};

/**
 * Splits a training set: `count` images that a seed selects, equally many of each class where they suffice, and the rest.
 * Both parts keep the order of the data set.
 *
 * With the held-out images a user can choose between settings without a look at the test images.
 *
 * @example
 * ```ts
 * const { train } = await cifar10('./cifar');
 * const { rest, heldOut } = holdOut(train, { count: 5000, seed: 1 });
 * ```
 *
 * @throws OptionError unless 1 ≤ count < images, both integers; ShapeError if the data set's parts do not fit together
 */
export function holdOut(
  dataset: Dataset,
  { count, seed, ...others }: HoldOutOptions,
): { readonly rest: Dataset; readonly heldOut: Dataset } {
  refuseOthers('holdOut', others, ['count', 'seed']);
  checkSeed('holdOut', seed);
  const total = countImages('holdOut', dataset);
  if (!Number.isInteger(count) || count < 1 || count >= total) {
    const rule = `be an integer from 1 to ${total - 1}, so that images are left to train on`;
    throw new OptionError({ where: 'holdOut', what: 'count', rule, got: count });
  }
  const order = permutation(total, randomStream(deriveSeed(seed, 'hold-out')));
  const shuffled = Uint8Array.from(order, (index) => dataset.labels[index]!);
  const chosen = new Set(firstOfEachClass(shuffled, count).map((place) => order[place]!));
  const indices = [...dataset.labels.keys()];
  return {
    rest: imagesAt(
      dataset,
      indices.filter((index) => !chosen.has(index)),
    ),
    heldOut: imagesAt(
      dataset,
      indices.filter((index) => chosen.has(index)),
    ),
  };
}
