import type { Schedule } from '../optimizer.js';
import { checkRate } from './checkRate.js';

/**
 * η(t) = value
 *
 * Optimizers also accept the number itself.
 *
 * @throws OptionError unless the value is finite and ≥ 0
 */
export function constant(value: number): Schedule {
  checkRate('constant', 'value', value);
  return () => value;
}
