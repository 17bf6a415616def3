import { messageOf } from '@normlab/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commandLineOf } from '../../src/settings/checkOptions.js';
import { dropMeaningless, refuseBoth, requireOptions } from '../../src/settings/dependentOptions.js';
import type { Condition, Option, Options } from '../../src/settings/option.js';

const source = commandLineOf('test');
const row = (rest: Partial<Option> = {}): Option => ({ about: 'an option', schema: z.unknown(), ...rest });

/** Whether an option that depends on `other` is kept beside these values. */
function isKept(is: Condition['is'], values: Readonly<Record<string, unknown>>): boolean {
  const options: Options = { it: row({ only: [{ key: 'other', is }] }), other: row() };
  return 'it' in dropMeaningless(options, { it: 1, ...values }, {}, source);
}

describe('dropMeaningless', () => {
  it('keeps what depends on a given or an absent option', () => {
    expect([isKept('given', { other: 0 }), isKept('given', {})]).toEqual([true, false]);
    expect([isKept('absent', { other: 0 }), isKept('absent', {})]).toEqual([false, true]);
  });

  it('keeps what depends on one of several values, or on one element of a list', () => {
    const keptWith = (other: unknown) => isKept(['b', 'c'], { other });
    expect(['a', 'b', 'c', 'bc', undefined].map(keptWith)).toEqual([false, true, true, false, false]);
    expect([[], ['a'], ['a', 'c']].map(keptWith)).toEqual([false, false, true]);
    expect(isKept(['2'], { other: 2 })).toBe(true);
  });

  it('an N at the end of a value stands for any number, and for nothing else', () => {
    const keptWith = (other: string) => isKept(['net-N'], { other });
    expect(
      ['net-29', 'net-0', 'net-', 'net-2x', 'net-x2', 'net-N', 'my-net-29', 'nets29'].map(keptWith),
    ).toEqual([true, true, false, false, false, false, false, false]);
  });

  it('needs every condition, and keeps values that no row is about', () => {
    const options: Options = {
      it: row({
        only: [
          { key: 'a', is: 'given' },
          { key: 'b', is: 'given' },
        ],
      }),
    };
    const kept = (values: object) => Object.keys(dropMeaningless(options, { it: 1, ...values }, {}, source));
    expect(kept({ a: 1 })).toEqual(['a']);
    expect(kept({ b: 1 })).toEqual(['b']);
    expect(kept({ a: 1, b: 1 })).toEqual(['it', 'a', 'b']);
  });

  it('refuses a value without meaning only if it was written', async () => {
    const options: Options = { longName: row({ only: [{ key: 'other', is: ['b', 'c'] }] }) };
    const call = (written: object) => dropMeaningless(options, { longName: 1 }, { ...written }, source);
    expect(call({})).toEqual({});
    expect(await messageOf(() => call({ longName: 1 }))).toBe(
      'OptionError: normlab test: --long-name must go with --other b or c.',
    );
  });
});

describe('requireOptions', () => {
  const options: Options = {
    longName: row({
      required: ({ other }) => `be there beside ${other}`,
      only: [{ key: 'other', is: 'given' }],
    }),
    free: row(),
  };

  it('asks for a value where the option has a meaning and none is given', async () => {
    const call = (values: object) => requireOptions(options, { ...values }, source);
    expect(await messageOf(() => call({ other: 'x' }))).toBe(
      'OptionError: normlab test: --long-name must be there beside x.',
    );
    expect(call({})).toBeUndefined();
    expect(call({ other: 'x', longName: 0 })).toBeUndefined();
  });

  it('asks always for a value that has no condition', async () => {
    const always: Options = { it: row({ required: () => 'be given' }) };
    expect(await messageOf(() => requireOptions(always, {}, source))).toBe(
      'OptionError: normlab test: --it must be given.',
    );
  });
});

describe('refuseBoth', () => {
  const options: Options = { newName: row({ insteadOf: 'oldName' }), oldName: row() };

  it('refuses an option beside the one that it replaces, and accepts each alone', async () => {
    const call = (written: object) => refuseBoth(options, { ...written }, source);
    expect(await messageOf(() => call({ newName: 0, oldName: 0 }))).toBe(
      'OptionError: normlab test: --new-name must be given without --old-name, which it replaces.',
    );
    expect([call({ newName: 0 }), call({ oldName: 0 }), call({})]).toEqual([undefined, undefined, undefined]);
  });
});
