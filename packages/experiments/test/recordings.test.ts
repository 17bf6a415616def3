import { describe, expect, it } from 'vitest';
import { parseRecordings } from '../src/index.js';

const histogram = { edges: [0, 1, 2], counts: [3, 4] };
const norm = {
  type: 'norm',
  step: 10,
  layer: 'norm1',
  variable: 'gain',
  drift: 0.1,
  min: 0,
  max: 2,
  ...histogram,
};
const output = {
  ...{ type: 'output', step: 10, layer: 'conv1', mean: 0, sd: 1, skew: 0, excessKurtosis: 0, ks: 0.01 },
  ...histogram,
};
const weights = {
  type: 'weights',
  step: 10,
  kernel: 'conv1/kernel',
  norm: 3,
  gradient: 1,
  angle: 0.1,
  effectiveRate: 1,
};

const text = (...lines: readonly (object | string)[]) =>
  lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');

describe('parseRecordings', () => {
  it('reads all three kinds of lines, with fields of later versions', () => {
    const lines = [norm, output, weights, { ...weights, later: true }];
    expect(parseRecordings('run', text(...lines))).toEqual(lines);
  });

  it('passes over empty lines and an incomplete last one', () => {
    expect(parseRecordings('run', `${text(norm, '', weights)}{"type":"no`)).toEqual([norm, weights]);
    expect(parseRecordings('run', '')).toEqual([]);
  });

  it.each<[object | string]>([
    ['{"type'],
    [{ ...norm, type: 'other' }],
    [{ ...norm, drift: '0.1' }],
    [{ ...norm, variable: 'scale' }],
    [{ ...norm, edges: [0], counts: [] }],
    [{ ...norm, edges: [0, 1], counts: [1, 2] }],
    [{ ...output, edges: [0, 1, 2, 3] }],
    [{ ...output, ks: undefined }],
    [{ ...weights, angle: null }],
  ])('refuses %j, and names its line', (line) => {
    expect(() => parseRecordings('run/recordings.jsonl', text(norm, line))).toThrow(
      'recordings: run/recordings.jsonl, line 2 must be a recording of a norm, an output or weights',
    );
  });

  it('shows what it refuses', () => {
    const read = () => parseRecordings('run', text('{"type'));
    expect(read).toThrow(
      expect.objectContaining({ name: 'DataError', message: expect.stringContaining('got "{') }),
    );
  });
});
