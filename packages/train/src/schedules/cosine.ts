import { refuseOthers } from '@normlab/errors';
import { checkNotNegative } from '../float32Options.js';
import type { Schedule } from '../optimizer.js';
import { checkSteps } from './checkSteps.js';

export type CosineOptions = {
  /** η₀, the value at step 0. */
  readonly initial: number;
  /** η₁, the value from step T on; 0 by default. */
  readonly final?: number;
  /** T ≥ 1 */
  readonly steps: number;
};

/**
 * η(t) = η₁ + (η₀ − η₁)·(1 + cos(π·min(t/T, 1)))/2: half a wave, without restarts.
 *
 * From: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts" (2017), equation 5.
 *
 * @throws OptionError for an option that is unknown or out of range
 *
 * @example
 * ```ts
 * const rate = cosine({ initial: 0.1, steps: 1000 });
 * rate(500); // 0.05
 * ```
 */
export function cosine({ initial, final = 0, steps, ...others }: CosineOptions): Schedule {
  refuseOthers('cosine', others, ['initial', 'final', 'steps']);
  checkNotNegative('cosine', 'initial', initial);
  checkNotNegative('cosine', 'final', final);
  checkSteps('cosine', 'steps', steps);
  return (step) => final + ((initial - final) * (1 + Math.cos(Math.PI * Math.min(step / steps, 1)))) / 2;
}
