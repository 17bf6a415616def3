import { expect, it } from 'vitest';
import { messageOf } from './complaints.js';

/** A function, the names of all its options, and a call with the option `$`, which no function has. */
export type UnknownOptionCase = readonly [where: string, names: readonly string[], call: () => unknown];

/** The names of all options of a type: TypeScript refuses a record that lacks one, or has another. */
export function everyOption<Options>(names: Readonly<Record<keyof Options, true>>): string[] {
  return Object.keys(names);
}

/** Tests that each function refuses an unknown option with its own name and the names of all options that it has. */
export function refusesUnknownOptions(cases: readonly UnknownOptionCase[]): void {
  it.each(cases)('%s refuses an unknown option and lists those that it has', async (where, names, call) => {
    expect(await messageOf(call)).toBe(
      `OptionError: ${where}: "$" must be an option (valid names: ${names.join(', ')}).`,
    );
  });
}
