import { refuseOthers } from '@normlab/errors';
import type { Schedule } from '../optimizer.js';
import { checkSteps } from './checkSteps.js';
import { toSchedule } from './toSchedule.js';

export type WarmupOptions = {
  /** T ≥ 1: step T − 1 is the first with the full rate. */
  readonly steps: number;
};

/**
 * η(t) = rate(t) · min((t + 1)/T, 1): the first T steps rise linearly, starting above 0; a number is a constant rate.
 *
 * The schedule counts from step 0, not from the end of the warm-up.
 *
 * From: Goyal et al., "Accurate, Large Minibatch SGD" (2017), section 2.2.
 *
 * @throws OptionError unless steps is an integer ≥ 1 and a number finite and ≥ 0; the schedule throws it unless the values
 *   of the given one are
 *
 * @example
 * ```ts
 * const rate = warmup(0.1, { steps: 5 });
 * rate(0); // 0.02
 * rate(4); // 0.1
 * ```
 */
export function warmup(rate: number | Schedule, { steps, ...others }: WarmupOptions): Schedule {
  refuseOthers('warmup', others, ['steps']);
  checkSteps('warmup', 'steps', steps);
  const schedule = toSchedule('warmup', 'rate', rate);
  return (step) => schedule(step) * Math.min((step + 1) / steps, 1);
}
