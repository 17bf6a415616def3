import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import {
  above,
  atLeast,
  between,
  integer,
  line,
  oneOf,
  oneOrSeveralOf,
  risingSteps,
  severalOf,
  text,
  texts,
  yesOrNo,
} from '../../src/settings/optionSchemas.js';

const names = ['a', 'b'] as const;

/** The rule that a value violates, `undefined` for none. */
function ruleFor(schema: z.ZodType, value: unknown): string | undefined {
  return schema.safeParse(value).error?.issues[0]?.message;
}

describe('a schema takes its values to the ends, and says its rule for all others', () => {
  it.each<[name: string, make: () => z.ZodType, rule: string, good: unknown[], bad: unknown[]]>([
    ['oneOf', () => oneOf(names), 'be one of a, b', ['a', 'b'], ['c', '', 1, null, ['a']]],
    [
      'severalOf',
      () => severalOf(names),
      'be a list of a, b, separated by commas',
      [['a'], ['b', 'a']],
      [[], ['c'], ['a', 1], 'a'],
    ],
    [
      'oneOrSeveralOf',
      () => oneOrSeveralOf(names),
      'be one or several of a, b, separated by commas',
      ['a', ['a'], ['b', 'a']],
      [1, null, {}],
    ],
    ['texts', () => texts('be texts'), 'be texts', [['x'], ['x', 'y']], [[], [''], [1], 'x']],
    ['text', () => text('be text'), 'be text', ['x', 'two\nlines'], ['', 1, null]],
    [
      'line',
      () => line('be a line'),
      'be a line',
      ['x', 'é – 日本'],
      ['', 'two\nlines', '\u001B[2J', 'x\u200E', '\u2028x', 'x\u2029y', 1],
    ],
    ['yesOrNo', yesOrNo, 'be true or false', [true, false], ['true', 0, null]],
    [
      'integer, without an upper end',
      () => integer(2),
      'be an integer ≥ 2',
      [2, 3, 2 ** 40],
      [1, 2.5, '2', 2 ** 60],
    ],
    ['integer', () => integer(2, 5), 'be an integer from 2 to 5', [2, 5], [1, 6, 2.5, Number.NaN]],
    ['above', () => above(1), 'be a number > 1', [1.0001, 9], [1, 0, '2', Number.NaN]],
    ['atLeast', () => atLeast(1), 'be a number ≥ 1', [1, 9], [0.9999, '2', Number.NaN]],
    ['between', () => between(1, 2), 'be a number in [1, 2)', [1, 1.9999], [0.9999, 2, '1']],
  ])('%s', (_, make, rule, good, bad) => {
    const schema = make();
    for (const value of good) expect(ruleFor(schema, value), JSON.stringify(value)).toBeUndefined();
    for (const value of bad) expect(ruleFor(schema, value), JSON.stringify(value)).toBe(rule);
  });

  it('risingSteps', () => {
    const schema = risingSteps();
    for (const good of [[1], [1, 2], [5, 6, 100]]) expect(ruleFor(schema, good)).toBeUndefined();
    expect(ruleFor(schema, '1')).toBe('be a list of step numbers');
    expect(ruleFor(schema, [])).toBe('hold at least one step number');
    expect(ruleFor(schema, [0])).toBe('be an integer ≥ 1');
    for (const bad of [
      [2, 1],
      [1, 3, 3],
      [1, 3, 2],
    ])
      expect(ruleFor(schema, bad)).toBe('be in increasing order');
  });
});
