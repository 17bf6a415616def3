import { checkNotNegative } from '../float32Options.js';
import type { Schedule } from '../optimizer.js';

/**
 * η(t) = value
 *
 * Optimizers also accept the number itself.
 *
 * @throws OptionError unless the value is finite and ≥ 0
 */
export function constant(value: number): Schedule {
  checkNotNegative('constant', 'value', value);
  return () => value;
}
