import { OptionError, refuseOthers, ShapeError } from '@normlab/errors';
import { checkSeed, deriveSeed, permutation, randomStream } from '@normlab/random';
import type { Augmentation, Preparation } from './augmentations/augmentation.js';
import type { Batch } from './batch.js';
import { checkInteger } from './checkNumber.js';
import { countImages } from './countImages.js';
import type { Dataset } from './dataset.js';
import { checkImage, type Image, imageAt } from './image.js';
import { countSteps } from './stepsPerEpoch.js';

export type BatchesOptions = {
  /** Images per batch; the last batch of an epoch may hold fewer. */
  readonly size: number;
  /** The run's seed. */
  readonly seed: number;
  /** The number of the pass over the data set, from 0. */
  readonly epoch: number;
  /** The step of the epoch to start at, to resume in its middle; 0 by default. */
  readonly from?: number;
  /** Leave out the last batch if it is smaller than the others; kept by default. */
  readonly dropLast?: boolean;
  /** The change applied to each image: a pipeline's `train`. */
  readonly augment: Augmentation;
};

/**
 * The batches of one epoch, in the random order of that epoch, each image augmented.
 *
 * The order comes from `deriveSeed(seed, 'order', epoch)`, each image's random stream from `deriveSeed(seed, 'augment',
 * epoch, index)` with the image's index in the data set. So the same seed and epoch give the same bytes on every
 * machine, and another `size` or `from` changes only how images are grouped into batches. The iterable can be iterated
 * more than once. Every batch's arrays belong to the caller.
 *
 * @example
 * ```ts
 * const { train } = builtIn(1);
 * for await (const batch of batches(train, { size: 128, seed: 1, epoch: 0, augment: crop24.train })) {
 *   batch.shape; // [128, 24, 24, 3]
 * }
 * ```
 *
 * @throws OptionError for an option that is unknown or out of range; ShapeError if the data set's parts do not fit
 * together, or, at the first batch, for images of a size that `augment` cannot take, or, at any batch, if `augment` gives
 * its images different shapes
 */
export function batches(
  dataset: Dataset,
  { size, seed, epoch, from = 0, dropLast = false, augment, ...others }: BatchesOptions,
): AsyncIterable<Batch> {
  refuseOthers('batches', others, ['size', 'seed', 'epoch', 'from', 'dropLast', 'augment']);
  const count = countImages('batches', dataset);
  const steps = countSteps('batches', count, size, { dropLast });
  checkSeed('batches', seed);
  checkInteger('batches', 'epoch', epoch, 0);
  if (!Number.isInteger(from) || from < 0 || from > steps) {
    throw new OptionError({
      where: 'batches',
      what: 'from',
      rule: `be an integer in [0, ${steps}] (the epoch has ${steps} steps)`,
      got: from,
    });
  }
  const orderSeed = deriveSeed(seed, 'order', epoch);
  return {
    async *[Symbol.asyncIterator]() {
      const order = permutation(count, randomStream(orderSeed));
      for (let step = from; step < steps; step++) {
        const indices = order.subarray(step * size, (step + 1) * size);
        yield gather('batches', 'augment', dataset, indices, (image, index) =>
          augment(image, randomStream(deriveSeed(seed, 'augment', epoch, index))),
        );
      }
    },
  };
}

export type EvaluationBatchesOptions = {
  /** Images per batch; the last batch may hold fewer. */
  readonly size: number;
  /** The change applied to each image: a pipeline's `evaluate`. */
  readonly prepare: Preparation;
};

/**
 * All images of a data set once, in the order of the data set, without randomness.
 *
 * @throws OptionError for a size out of range; ShapeError, at the first batch, for images of a size
 * that `prepare` cannot take, or, at any batch, if `prepare` gives its images different shapes
 */
export function evaluationBatches(
  dataset: Dataset,
  { size, prepare, ...others }: EvaluationBatchesOptions,
): AsyncIterable<Batch> {
  refuseOthers('evaluationBatches', others, ['size', 'prepare']);
  const count = countImages('evaluationBatches', dataset);
  const steps = countSteps('evaluationBatches', count, size, { dropLast: false });
  return {
    async *[Symbol.asyncIterator]() {
      const order = Uint32Array.from({ length: count }, (_, index) => index);
      for (let step = 0; step < steps; step++) {
        const indices = order.subarray(step * size, (step + 1) * size);
        yield gather('evaluationBatches', 'prepare', dataset, indices, prepare);
      }
    },
  };
}

/** @throws ShapeError unless `prepare`, named `name` in the error, gives all images the shape of the first */
function gather(
  where: string,
  name: string,
  dataset: Dataset,
  indices: Uint32Array,
  prepare: (image: Image, index: number) => Image,
): Batch {
  const first = prepare(imageAt(dataset, indices[0]!), indices[0]!);
  const length = first.shape[0] * first.shape[1] * first.shape[2];
  const images = new Float32Array(indices.length * length);
  const labels = new Int32Array(indices.length);
  indices.forEach((index, place) => {
    const image = place === 0 ? first : prepare(imageAt(dataset, index), index);
    const what = `the result of ${name} for image ${index}`;
    if (image.shape.some((extent, axis) => extent !== first.shape[axis])) {
      const rule = `have shape [${first.shape.join(', ')}], as for image ${indices[0]} in the same batch`;
      throw new ShapeError({ where, what, rule, got: image.shape });
    }
    checkImage(where, what, image);
    images.set(image.values, place * length);
    labels[place] = dataset.labels[index]!;
  });
  return { images, labels, shape: [indices.length, ...first.shape] };
}
