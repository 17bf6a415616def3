import { isDeepStrictEqual } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { expect, it } from 'vitest';
import type { Options } from '../../src/settings/option.js';

/** Flags as commander gives them; undefined leaves a flag out. */
export type GivenFlags = Readonly<Record<string, string | boolean | undefined>>;

/** What one option does: values of it, and what each of them makes of a thing that the option decides. */
export type OptionCase = {
  /** Other flags that give the option a meaning. */
  readonly beside?: GivenFlags;
  /** What can be seen with these flags; never a copy of the option's own value. */
  readonly see: (flags: GivenFlags) => unknown;
  /** At least two values, one of which may be undefined, with what is seen. */
  readonly values: readonly (readonly [value: string | boolean | undefined, seen: unknown])[];
};

/**
 * A test per option of a table. It fails if the option is ignored, since its values are seen to differ; an option
 * without a case, and a case without an option, fail too.
 */
export function itObeysEveryOption(options: Options, cases: Readonly<Record<string, OptionCase>>): void {
  it('every option has a case', () => {
    expect(Object.keys(cases).sort()).toEqual(Object.keys(options).sort());
  });

  // Mutants are tried in worker threads, where WebGPU cannot be opened.
  const isPossible = (key: string) => cases[key] !== undefined && (isMainThread || key !== 'adapter');
  it.each(Object.keys(options).filter(isPossible))('%s', async (key) => {
    const { beside = {}, see, values } = cases[key]!;
    const [first, second] = values.map(([, seen]) => seen);
    expect(isDeepStrictEqual(first, second), 'two values that are seen to differ').toBe(false);
    for (const [value, seen] of values)
      expect(await see({ ...beside, [key]: value }), String(value)).toEqual(seen);
  });
}
