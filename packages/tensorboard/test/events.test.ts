import { everyOption, messageOf, refusesUnknownOptions } from '@normlab/testing';
import { describe, expect, it } from 'vitest';
import {
  crc32c,
  fileVersion,
  type HistogramMoments,
  histogram,
  type Moment,
  record,
  scalars,
  sessionStart,
} from '../src/index.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const moment = { step: 3, wallTime: 1.5 };

describe('crc32c', () => {
  it.each([
    // RFC 3720, appendix B.4.
    [new Uint8Array(32), '8a9136aa'],
    [new Uint8Array(32).fill(0xff), '62a8ab43'],
    [Uint8Array.from({ length: 32 }, (_, index) => index), '46dd794e'],
    [Uint8Array.from({ length: 32 }, (_, index) => 31 - index), '113fdb5c'],
    [new TextEncoder().encode('123456789'), 'e3069283'],
    [new Uint8Array(0), '0'],
  ])('of %o', (bytes, wanted) => {
    expect(crc32c(bytes).toString(16)).toBe(wanted);
  });
});

describe('record', () => {
  it('frames bytes by their length and two masked checksums', () => {
    // Written by tensorflow's TFRecordWriter for b"abc".
    expect(hex(record(new TextEncoder().encode('abc')))).toMatchInlineSnapshot(
      `"0300000000000000b099490e6162636e57f121"`,
    );
  });
});

describe('events', () => {
  it('have the bytes of the protocol', () => {
    // 09: field 1, double 1.5; 1a 0d: field 3, a string of 13 bytes.
    const version = '09000000000000f83f1a0d627261696e2e4576656e743a32';
    expect(hex(fileVersion(1.5)).slice(24, -8)).toBe(version);
    // 10 03: step 3; 2a: summary; 0a: value; 0a 04 loss: tag; 15: float 0.5.
    const scalar = '09000000000000f83f10032a0d0a0b0a046c6f7373150000003f';
    expect(hex(scalars({ loss: 0.5 }, moment)).slice(24, -8)).toBe(scalar);
  });

  it('refuses bad numbers, steps and histograms', () => {
    const wrong: Record<string, number> = JSON.parse('{"loss":null}');
    expect(() => scalars(wrong, moment)).toThrow('scalars: loss must be a number, got null.');
    expect(() => scalars({}, { ...moment, step: 0.5 })).toThrow(
      'scalars: step must be an integer ≥ 0, got 0.5.',
    );
    expect(() => histogram('w', { edges: [1, 2], counts: [1, 2] }, moment)).toThrow(
      'histogram: edges must have one more edge than counts, 3, got 2.',
    );
    expect(() => histogram('w', { edges: [1, 1], counts: [1] }, moment)).toThrow(
      'histogram: edges[1] must be greater than the previous edge, got 1.',
    );
  });

  it('refuses counts, edges, times and moments that are no finite numbers', async () => {
    const bins = { edges: [0, 1, 2], counts: [1, 2] };
    const wrong = <T>(json: string): T => JSON.parse(json);
    const timeless: Moment = wrong('{"step":3}');
    const calls = [
      () => histogram('w', { ...bins, counts: [1, Number.NaN] }, moment),
      () => histogram('w', { ...bins, counts: [-1, 2] }, moment),
      () => histogram('w', { ...bins, edges: [Number.NEGATIVE_INFINITY, 1, 2] }, moment),
      () => histogram('w', { ...bins, edges: [0, 1, Number.POSITIVE_INFINITY] }, moment),
      () => histogram('w', { ...bins, edges: [Number.NaN, 1, 2] }, moment),
      () => histogram('w', { ...bins, edges: [0, 1, 0.5] }, moment),
      () => histogram('w', bins, moment, { max: Number.NaN }),
      () => histogram('w', bins, moment, { sum: wrong('"3"') }),
      () => histogram('w', bins, timeless),
      () => scalars({ loss: 1 }, timeless),
      () => sessionStart({ step: 3, wallTime: Number.NaN }),
      () => sessionStart({ step: -1, wallTime: 1 }),
      () => fileVersion(Number.POSITIVE_INFINITY),
    ];
    expect(await Promise.all(calls.map(messageOf))).toMatchInlineSnapshot(`
      [
        "OptionError: histogram: counts[1] must be finite, got NaN.",
        "OptionError: histogram: counts[0] must be ≥ 0, got -1.",
        "OptionError: histogram: edges[0] must be finite, got -Infinity.",
        "OptionError: histogram: edges[2] must be finite, got Infinity.",
        "OptionError: histogram: edges[0] must be finite, got NaN.",
        "OptionError: histogram: edges[2] must be greater than the previous edge, got 0.5.",
        "OptionError: histogram: max must be finite, got NaN.",
        "OptionError: histogram: sum must be finite, got "3".",
        "OptionError: histogram: wallTime must be finite (seconds since 1970: Date.now() / 1000).",
        "OptionError: scalars: wallTime must be finite (seconds since 1970: Date.now() / 1000).",
        "OptionError: sessionStart: wallTime must be finite, got NaN (seconds since 1970: Date.now() / 1000).",
        "OptionError: sessionStart: step must be an integer ≥ 0, got -1.",
        "OptionError: fileVersion: wallTime must be finite, got Infinity (seconds since 1970: Date.now() / 1000).",
      ]
    `);
  });

  it.each([
    { counts: [0, 1, 0, 3, 0], min: 1, max: 16 },
    { counts: [1, 0, 0, 0, 0], min: 0, max: 1 },
    { counts: [0, 0, 0, 0, 2], min: 16, max: 64 },
    { counts: [0, 0, 0, 0, 0], min: 0, max: 64 },
  ])('min and max are the outer edges of the filled bins: $counts', ({ counts, min, max }) => {
    const bins = { edges: [0, 1, 4, 9, 16, 64], counts };
    expect(hex(histogram('w', bins, moment))).toBe(hex(histogram('w', bins, moment, { min, max })));
  });

  it('computes a moment from the bins where it is left out or undefined', () => {
    const bins = { edges: [2, 4, 8], counts: [1, 3] };
    const absent: Partial<HistogramMoments> = JSON.parse('{}');
    const own = { min: 2, max: 8, sum: 1 * 3 + 3 * 6, sumSquares: 1 * 9 + 3 * 36 };
    const wanted = hex(histogram('w', bins, moment));
    expect(hex(histogram('w', bins, moment, own))).toBe(wanted);
    for (const name of ['min', 'max', 'sum', 'sumSquares'] as const) {
      expect(hex(histogram('w', bins, moment, { [name]: absent[name] }))).toBe(wanted);
      expect(hex(histogram('w', bins, moment, { [name]: 0 }))).not.toBe(wanted);
    }
  });
});

refusesUnknownOptions([
  [
    'histogram',
    everyOption<HistogramMoments>({ min: true, max: true, sum: true, sumSquares: true }),
    () => histogram('w', { edges: [0, 1], counts: [1] }, moment, JSON.parse('{"$":1}')),
  ],
]);
