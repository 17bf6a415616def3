import { OptionError } from '@normlab/errors';
import { checkNotNegative } from '../float32Options.js';
import type { Schedule } from '../optimizer.js';

/**
 * A number as a constant schedule, or a schedule of which every value is checked.
 *
 * @throws OptionError for anything else, and unless the number is finite and ≥ 0; the schedule throws it for such a value
 */
export function toSchedule(where: string, what: string, value: number | Schedule): Schedule {
  if (typeof value === 'function') {
    return (step) => {
      const rate = value(step);
      checkNotNegative(where, `${what}(${step})`, rate);
      return rate;
    };
  }
  if (typeof value !== 'number') {
    throw new OptionError({ where, what, rule: 'be a number or a schedule', got: value });
  }
  checkNotNegative(where, what, value);
  return () => value;
}
