import { OptionError, refuseOthers } from '@normlab/errors';

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
 * @throws OptionError unless size is an integer ≥ 1, or if no batch is left
 */
export function stepsPerEpoch(
  count: number,
  size: number,
  { dropLast = false, ...others }: StepsPerEpochOptions = {},
): number {
  refuseOthers('stepsPerEpoch', others, ['dropLast']);
  if (!Number.isInteger(size) || size < 1) {
    throw new OptionError({ where: 'batches', what: 'size', rule: 'be an integer ≥ 1', got: size });
  }
  const steps = dropLast ? Math.floor(count / size) : Math.ceil(count / size);
  if (steps === 0) {
    throw new OptionError({
      where: 'batches',
      what: 'the data set',
      rule: dropLast ? `hold at least one whole batch of ${size}` : 'hold at least one image',
      got: count,
    });
  }
  return steps;
}
