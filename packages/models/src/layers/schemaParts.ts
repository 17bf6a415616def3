import { z } from 'zod';

// Each message is the rule that an error names after "must"; the JSON Schema is generated from the same objects.
// Backends compute with 32-bit integers.
const largestInteger = 2 ** 31 - 1;
const nameRule = 'be a name: letters, digits, "_", "." and "-", in parts joined by "/"';

export const positiveInteger = z
  .int('be a positive integer')
  .min(1, 'be a positive integer')
  .max(largestInteger, `be at most ${largestInteger}`);

export const flag = z.boolean('be true or false');

export const name = z
  .string(nameRule)
  .regex(/^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/, nameRule)
  .describe(
    'The layer’s name in paths of variables and taps; inside a residual it follows the residual’s name and a slash',
  );

/** One of a list of words. */
export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, `be one of ${values.map((each) => `"${each}"`).join(', ')}`);
}
