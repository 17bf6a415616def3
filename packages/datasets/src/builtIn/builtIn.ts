import { refuseOthers } from '@normlab/errors';
import { checkSeed, deriveSeed, randomStream } from '@normlab/random';
import { checkInteger } from '../checkNumber.js';
import type { Dataset, SplitDataset } from '../dataset.js';
import { side } from './canvas.js';
import { drawImage } from './drawImage.js';
import { figures } from './figures.js';

export type BuiltInOptions = {
  /** Images to train on; 4 000 by default. */
  readonly train?: number;
  /** Images to test on; 1 000 by default. */
  readonly test?: number;
};

const mostImages = 1_000_000;

/**
 * The built-in data set: ten classes of 32×32 colour images, drawn by a program.
 *
 * Figures (checks, crescent, cross, disc, dots, ring, square, star, stripes, triangle) at a random place, size,
 * rotation and colour on a cluttered background, partly covered, with noise. Image i has class i mod 10 and its own
 * random stream, so a smaller set is the beginning of a larger one.
 *
 * The same seed gives the same bytes on every machine: the drawing uses only +, −, ×, ÷ and √, whose rounding IEEE 754
 * defines exactly.
 *
 * @example
 * ```ts
 * const { train, test } = builtIn(1);
 * train.shape; // [32, 32, 3]
 * ```
 *
 * @throws OptionError for a seed or a size out of range
 */
export function builtIn(
  seed: number,
  { train = 4000, test = 1000, ...others }: BuiltInOptions = {},
): SplitDataset {
  refuseOthers('builtIn', others, ['train', 'test']);
  checkSeed('builtIn', seed);
  checkInteger('builtIn', 'train', train, 1, mostImages);
  checkInteger('builtIn', 'test', test, 1, mostImages);
  return { train: draw(seed, 'train', train), test: draw(seed, 'test', test) };
}

function draw(seed: number, part: string, count: number): Dataset {
  const classes = Object.keys(figures);
  const partSeed = deriveSeed(seed, 'built-in', part);
  const images = new Uint8Array(count * side * side * 3);
  const labels = new Uint8Array(count);
  for (let index = 0; index < count; index++) {
    const label = index % classes.length;
    const stream = randomStream(deriveSeed(partSeed, index));
    drawImage(
      classes[label]!,
      stream,
      images.subarray(index * side * side * 3, (index + 1) * side * side * 3),
    );
    labels[index] = label;
  }
  return { images, labels, shape: [side, side, 3], classes };
}
