import { compare } from '../bounds/compare.js';
import type { Tracked } from '../bounds/tracked.js';
import type { Verdict } from '../law.js';
import type { Values } from '../values.js';

/** The verdict on what a backend computed, by the exact values and their bounds. */
export function against(actual: Values, expected: Tracked): Verdict {
  return compare(actual.data, expected.value, expected.error, expected.size);
}
