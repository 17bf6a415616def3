import { OptionError, refuseOthers } from '@normlab/errors';
import { checkInteger } from './checkNumber.js';

export type StepsPerEpochOptions = {
  /** Leave out the last batch if it is smaller than the others; kept by default. */
  readonly dropLast?: boolean;
};

/**
 * Number of batches that `count` images make.
 *
 * @example
 * ```ts
 * stepsPerEpoch(50_000, 128); // 391; the last batch has 80 images
 * stepsPerEpoch(50_000, 128, { dropLast: true }); // 390
 * ```
 *
 * @throws OptionError unless count and size are integers ≥ 1, or if no batch is left
 */
export function stepsPerEpoch(
  count: number,
  size: number,
  { dropLast = false, ...others }: StepsPerEpochOptions = {},
): number {
  refuseOthers('stepsPerEpoch', others, ['dropLast']);
  checkInteger('stepsPerEpoch', 'count', count, 1);
  return countSteps('stepsPerEpoch', count, size, { dropLast });
}

/** {@link stepsPerEpoch} for any number of images of a data set, none too, with errors of the function `where`. */
export function countSteps(
  where: string,
  count: number,
  size: number,
  { dropLast }: Required<StepsPerEpochOptions>,
): number {
  checkInteger(where, 'size', size, 1);
  const steps = dropLast ? Math.floor(count / size) : Math.ceil(count / size);
  if (steps === 0) {
    throw new OptionError({
      where,
      what: 'the data set',
      rule: dropLast ? `hold at least one whole batch of ${size}` : 'hold at least one image',
      got: count,
    });
  }
  return steps;
}
