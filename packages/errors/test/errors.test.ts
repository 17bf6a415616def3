import {
  BackendError,
  DataError,
  NormlabError,
  nameHint,
  nearestNames,
  OptionError,
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
      hint: 'one gain a channel',
    });
    expect(error.message).toBe(
      'batchNormTrain: scale must have shape [C] with C = 4 (the last axis of x), got [5] (one gain a channel).',
    );
  });

  it('leaves out the value and the hint where there is none', () => {
    expect(new OptionError({ where: 'a', what: 'b', rule: 'be set' }).message).toBe('a: b must be set.');
  });

  it.each([
    [Number.NaN, 'NaN'],
    ['x', '"x"'],
    [null, 'null'],
    [-0.5, '-0.5'],
  ])('shows %s as it would be written', (got, text) => {
    expect(new OptionError({ where: 'a', what: 'b', rule: 'c', got }).message).toBe(
      `a: b must c, got ${text}.`,
    );
  });

  it('cuts long values', () => {
    const { message } = new OptionError({ where: 'a', what: 'b', rule: 'c', got: 'y'.repeat(5000) });
    expect(message.length).toBeLessThan(250);
  });

  it.each([ShapeError, OptionError, SpecError, DataError, BackendError, TrainError])(
    'is the base of %o, which carries its own name',
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

  it('is empty when nothing is near, and the hint then lists all', () => {
    expect(nearestNames('transformer', models)).toEqual([]);
    expect(nameHint('transformer', models)).toBe('valid names: all-cnn, nin, resnet-29, resnet-101');
    expect(nameHint('nim', models)).toBe('did you mean "nin"?');
  });
});
