import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defaultsFor } from '../../src/settings/defaultsFor.js';
import {
  fallbackText,
  flagOf,
  namesOf,
  type Option,
  readingOf,
  schemaOf,
} from '../../src/settings/option.js';
import { readFlags } from '../../src/settings/readFlags.js';

const row = (schema: z.ZodType, rest: Partial<Option> = {}): Option => ({ about: 'it', schema, ...rest });

describe('an option', () => {
  it('is written with hyphens on the command line', () => {
    expect(['seed', 'l2Targets', 'finalLearningRate'].map(flagOf)).toEqual([
      '--seed',
      '--l2-targets',
      '--final-learning-rate',
    ]);
  });

  it('has the names of its schema, of the elements of a list, or its own', () => {
    const names = z.enum(['a', 'b']);
    expect(namesOf(row(names))).toEqual(['a', 'b']);
    expect(namesOf(row(z.array(names)))).toEqual(['a', 'b']);
    expect(namesOf(row(names.optional()))).toEqual(['a', 'b']);
    expect(namesOf(row(z.string()))).toEqual([]);
    expect(namesOf(row(z.string(), { names: ['c'] }))).toEqual(['c']);
  });

  it('is read as its schema says; of several forms, as the first', () => {
    expect(readingOf(row(z.number().min(1)))).toEqual({ what: 'number', isList: false });
    expect(readingOf(row(z.boolean().default(true)))).toEqual({ what: 'switch', isList: false });
    expect(readingOf(row(z.string()))).toEqual({ what: 'text', isList: false });
    expect(readingOf(row(z.array(z.number())))).toEqual({ what: 'number', isList: true });
    expect(readingOf(row(z.union([z.number(), z.string()])))).toEqual({ what: 'number', isList: false });
  });

  it('shows its default in the help, unless it is a switch or has none', () => {
    const shown = (fallback: Option['fallback']) =>
      fallbackText(row(z.unknown(), { ...(fallback !== undefined && { fallback }) }));
    expect([undefined, false, true, 0, 'x', ['a', 'b']].map(shown)).toEqual(['', '', '', '0', 'x', 'a,b']);
    expect(shown({ shown: 'half' })).toBe('half');
    expect(shown({ shown: 'twice', by: () => 2 })).toBe('twice');
  });

  it('may be left out of the values unless there is always one', () => {
    const schema = schemaOf({
      there: { ...row(z.number()), always: true as const },
      free: row(z.number()),
    });
    const isValid = (values: object) => schema.safeParse(values).success;
    expect([{ there: 1 }, { there: 1, free: 2 }, { free: 2 }, { there: 1, other: 3 }].map(isValid)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('readFlags', () => {
  const options = {
    count: row(z.number()),
    rates: row(z.array(z.number())),
    names: row(z.array(z.string())),
    name: row(z.string()),
    on: row(z.boolean()),
  };

  it('turns text into a number where a number is wanted and it is one', () => {
    const countIn = (count: string) => readFlags(options, { count }).count;
    expect(['12', '-0.5', '1e-3', 'many', '', ' ', 'NaN', '3x'].map(countIn)).toEqual([
      ...[12, -0.5, 0.001],
      ...['many', '', ' ', 'NaN', '3x'],
    ]);
    expect(readFlags(options, { name: '12' })).toEqual({ name: '12' });
  });

  it('splits lists at commas', () => {
    expect(readFlags(options, { rates: '1,2,x', names: 'a,1' })).toEqual({
      rates: [1, 2, 'x'],
      names: ['a', '1'],
    });
  });

  it('takes only what is given and known', () => {
    expect(readFlags(options, { on: true, count: undefined, other: '1' })).toEqual({ on: true });
    expect(readFlags(options, { on: false, count: 5 })).toEqual({ on: false, count: 5 });
  });
});

describe('defaultsFor', () => {
  it('fills what is not chosen, in the order of the table', () => {
    const options = {
      first: row(z.number(), { fallback: 2 }),
      none: row(z.number()),
      told: row(z.number(), { fallback: { shown: 'as the package has it' } }),
      list: row(z.array(z.string()), { fallback: ['a'] }),
      sum: row(z.number(), {
        fallback: { shown: 'a sum', by: ({ first, chosen, later }) => [first, chosen, later] },
      }),
      later: row(z.number(), { fallback: 9 }),
      unknown: row(z.number(), { fallback: { shown: '', by: () => undefined } }),
    };
    expect(defaultsFor(options, { chosen: 5 })).toEqual({
      first: 2,
      list: ['a'],
      sum: [2, 5, undefined],
      later: 9,
    });
    expect(defaultsFor(options, { first: 7, later: 1 })).toEqual({ list: ['a'], sum: [7, undefined, 1] });
  });

  it('leaves out what a chosen option replaces', () => {
    const options = {
      epochs: row(z.number(), { fallback: 8 }),
      steps: row(z.number(), { insteadOf: 'epochs' }),
    };
    expect(defaultsFor(options, { steps: 0 })).toEqual({});
    expect(defaultsFor(options, {})).toEqual({ epochs: 8 });
  });
});
