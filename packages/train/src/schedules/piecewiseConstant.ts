import { OptionError, refuseOthers } from '@normlab/errors';
import { checkNotNegative } from '../float32Options.js';
import type { Schedule } from '../optimizer.js';

export type PiecewiseConstantOptions = {
  /** The steps at which the next value begins, in increasing order. */
  readonly boundaries: readonly number[];
  /** The values; one more than there are boundaries. */
  readonly values: readonly number[];
};

/**
 * η(t) = valuesᵢ with i the number of boundaries ≤ t.
 *
 * A boundary step has the value after the boundary, as in PyTorch's `MultiStepLR`; in Keras's
 * `PiecewiseConstantDecay` it has the value before.
 *
 * @throws OptionError for boundaries that do not increase or a wrong number of values
 *
 * @example
 * ```ts
 * const rate = piecewiseConstant({ boundaries: [31_000, 43_000], values: [0.1, 0.01, 0.001] });
 * rate(30_999); // 0.1
 * rate(31_000); // 0.01
 * ```
 */
export function piecewiseConstant({ boundaries, values, ...others }: PiecewiseConstantOptions): Schedule {
  const where = 'piecewiseConstant';
  refuseOthers(where, others, ['boundaries', 'values']);
  const rising = boundaries.every(
    (step, index) => Number.isInteger(step) && step > (boundaries[index - 1] ?? 0),
  );
  if (!rising) {
    const rule = 'be integers ≥ 1, each above the one before';
    throw new OptionError({ where, what: 'boundaries', rule, got: boundaries });
  }
  if (values.length !== boundaries.length + 1) {
    const rule = `hold one value more than there are boundaries, ${boundaries.length + 1}`;
    throw new OptionError({ where, what: 'values', rule, got: values });
  }
  for (const [index, value] of values.entries()) checkNotNegative(where, `values[${index}]`, value);
  return (step) => values[boundaries.filter((boundary) => boundary <= step).length]!;
}
