import {
  BackendError,
  DataError,
  NormlabError,
  nameHint,
  nearestNames,
  OptionError,
  printable,
  ShapeError,
  SpecError,
  TrainError,
} from '@normlab/errors';
import { describe, expect, it } from 'vitest';

describe('NormlabError', () => {
  it('says where, what, the rule, the value and the way out', () => {
    const error = new ShapeError({
      where: 'batchNormTrain',
      what: 'scale',
      rule: 'have shape [C] with C = 4 (the last axis of x)',
      got: [5],
      hint: 'one scale per channel',
    });
    expect(error.message).toBe(
      'batchNormTrain: scale must have shape [C] with C = 4 (the last axis of x), got [5] (one scale per channel).',
    );
  });

  it('leaves out the value and the hint if they are missing', () => {
    expect(new OptionError({ where: 'a', what: 'b', rule: 'be set' }).message).toBe('a: b must be set.');
  });

  it.each([
    [Number.NaN, 'NaN'],
    ['x', '"x"'],
    [null, 'null'],
    [-0.5, '-0.5'],
    [[Number.NaN, null, 'NaN'], '[NaN,null,"NaN"]'],
    [{ size: -Infinity }, '{"size":-Infinity}'],
  ])('shows %s as JavaScript would write it', (got, text) => {
    expect(new OptionError({ where: 'a', what: 'b', rule: 'c', got }).message).toBe(
      `a: b must c, got ${text}.`,
    );
  });

  it('shows that what it is about has an empty name', () => {
    const { message } = new OptionError({ where: 'recipe', what: '', rule: 'be left out' });
    expect(message).toBe('recipe: "" must be left out.');
  });

  it('cuts long values', () => {
    const { message } = new OptionError({ where: 'a', what: 'b', rule: 'c', got: 'y'.repeat(5000) });
    expect(message.length).toBeLessThan(250);
  });

  it('is one line without control characters, whatever its parts contain', () => {
    const bad = 'a\u001b[2J\nb\u202Ec\u009Bd\u2028';
    const complaint = { where: bad, what: bad, rule: bad, got: bad, hint: bad };
    const error = new OptionError(complaint);
    expect(error.message).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Zl}]/u);
    expect(error.message).toContain('a\\u001b[2J\\u000ab\\u202ec\\u009bd\\u2028 must');
    expect(error.complaint).toEqual(complaint);
  });

  it('is shorter than a screen of 80 × 24, and keeps the end of a long path', () => {
    const long = `/${'é😀'.repeat(5000)}/end`;
    const { message } = new OptionError({ where: long, what: long, rule: long, got: long, hint: long });
    expect(message.length).toBeLessThan(80 * 23);
    expect(message).toContain('…');
    expect(message).toContain('/end must ');
    expect(message).not.toMatch(/\p{Surrogate}/u);
  });

  it('shows values that JSON cannot show', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
    const messages = [cyclic, deep, [1n]].map(
      (got) => new DataError({ where: 'a', what: 'b', rule: 'c', got }).message,
    );
    expect(messages).toEqual([
      'a: b must c, got an object that JSON cannot show.',
      'a: b must c, got an array that JSON cannot show.',
      'a: b must c, got an array that JSON cannot show.',
    ]);
  });

  it.each([ShapeError, OptionError, SpecError, DataError, BackendError, TrainError])(
    'is the base class of %o, whose name is its own',
    (Kind) => {
      const error = new Kind({ where: 'a', what: 'b', rule: 'c' });
      expect(error).toBeInstanceOf(NormlabError);
      expect(error.name).toBe(Kind.name);
    },
  );

  it('keeps the file and the byte offset of a DataError', () => {
    const error = new DataError({ where: 'a', what: 'b', rule: 'c', file: 'f.bin', byteOffset: 3073 });
    expect([error.file, error.byteOffset]).toEqual(['f.bin', 3073]);
  });
});

describe('nearestNames', () => {
  const models = ['all-cnn', 'nin', 'resnet-29', 'resnet-101'];

  it('puts the nearest first', () => {
    expect(nearestNames('alcnn', models)).toEqual(['all-cnn']);
    expect(nearestNames('RESNET29', models)[0]).toBe('resnet-29');
  });

  it('is empty if no name is near, and the hint then lists all names', () => {
    expect(nearestNames('transformer', models)).toEqual([]);
    expect(nameHint('transformer', models)).toBe('valid names: all-cnn, nin, resnet-29, resnet-101');
    expect(nameHint('nim', models)).toBe('did you mean "nin"?');
  });

  it('lists all names in place of a value that is no name', () => {
    for (const value of [undefined, null, 5]) {
      expect(nameHint(value as never, models)).toBe('valid names: all-cnn, nin, resnet-29, resnet-101');
    }
  });

  it('lists no more names than a few lines hold', () => {
    const many = Array.from({ length: 90 }, (_, index) => `recipe-number-${index}`);
    const hint = nameHint('xyz', many);
    expect(hint.length).toBeLessThan(330);
    expect(hint).toMatch(/^valid names: recipe-number-0, .*recipe-number-\d+ and \d+ more$/);
  });
});

describe('printable', () => {
  it('leaves words of every script, and JSON its value', () => {
    const words = 'Ölçü 猫 کتاب‌ها 👩‍👧 e\u0301 \\u';
    expect(printable(words)).toBe(words);
    const value = { name: 'x\u009b\u202e\u007f\n' };
    const text = printable(JSON.stringify(value));
    expect(text).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    expect(JSON.parse(text)).toEqual(value);
  });
});
