import { OptionError, refuseOthers } from '@normlab/errors';
import { checkNotNegative } from '../float32Options.js';
import type { Schedule } from '../optimizer.js';
import { checkSteps } from './checkSteps.js';

export type ExponentialDecayOptions = {
  /** η₀, the value at step 0. */
  readonly initial: number;
  /** f > 0, the factor by which the value changes over `steps` steps. */
  readonly factor: number;
  /** T ≥ 1 */
  readonly steps: number;
};

/**
 * η(t) = η₀ · f^(t/T): changes a little at every step.
 *
 * @throws OptionError for an option that is unknown or out of range
 *
 * @example
 * ```ts
 * const rate = exponentialDecay({ initial: 0.1, factor: 0.1, steps: 20_000 });
 * rate(10_000); // 0.0316…
 * ```
 */
export function exponentialDecay(options: ExponentialDecayOptions): Schedule {
  const { initial, factor, steps } = checked('exponentialDecay', options);
  return (step) => initial * factor ** (step / steps);
}

/**
 * η(t) = η₀ · f^⌊t/T⌋: changes at every T-th step.
 *
 * @throws OptionError for an option that is unknown or out of range
 *
 * @example
 * ```ts
 * const rate = staircaseDecay({ initial: 0.1, factor: 0.1, steps: 20_000 });
 * rate(19_999); // 0.1
 * rate(20_000); // 0.01
 * ```
 */
export function staircaseDecay(options: ExponentialDecayOptions): Schedule {
  const { initial, factor, steps } = checked('staircaseDecay', options);
  return (step) => initial * factor ** Math.floor(step / steps);
}

function checked(
  where: string,
  { initial, factor, steps, ...others }: ExponentialDecayOptions,
): ExponentialDecayOptions {
  refuseOthers(where, others, ['initial', 'factor', 'steps']);
  checkNotNegative(where, 'initial', initial);
  checkSteps(where, 'steps', steps);
  if (!(Number.isFinite(factor) && factor > 0)) {
    throw new OptionError({ where, what: 'factor', rule: 'be finite and > 0', got: factor });
  }
  return { initial, factor, steps };
}
