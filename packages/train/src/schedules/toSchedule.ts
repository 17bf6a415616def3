import { OptionError } from '@normlab/errors';
import type { Schedule } from '../optimizer.js';
import { checkRate } from './checkRate.js';

/** A number as a constant schedule; a schedule unchanged. @throws OptionError for anything else */
export function toSchedule(where: string, what: string, value: number | Schedule): Schedule {
  if (typeof value === 'function') return value;
  if (typeof value !== 'number') {
    throw new OptionError({ where, what, rule: 'be a number or a schedule', got: value });
  }
  checkRate(where, what, value);
  return () => value;
}
