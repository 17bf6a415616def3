import { OptionError } from '@normlab/errors';

/** @throws OptionError unless the count of steps is an integer ≥ 1 */
export function checkSteps(where: string, what: string, steps: number): void {
  if (!Number.isInteger(steps) || steps < 1) {
    throw new OptionError({ where, what, rule: 'be an integer ≥ 1', got: steps });
  }
}
