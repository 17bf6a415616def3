import { OptionError } from '@normlab/errors';

/** @throws OptionError unless the learning rate is finite and ≥ 0 */
export function checkRate(where: string, what: string, rate: number): void {
  if (!(Number.isFinite(rate) && rate >= 0)) {
    throw new OptionError({ where, what, rule: 'be finite and ≥ 0', got: rate });
  }
}

/** @throws OptionError unless the count of steps is an integer ≥ 1 */
export function checkSteps(where: string, what: string, steps: number): void {
  if (!Number.isInteger(steps) || steps < 1) {
    throw new OptionError({ where, what, rule: 'be an integer ≥ 1', got: steps });
  }
}
