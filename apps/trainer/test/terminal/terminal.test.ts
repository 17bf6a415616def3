import { afterEach, describe, expect, it, vi } from 'vitest';
import { openTerminal } from '../../src/terminal/terminal.js';

describe('openTerminal', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it.each([false, true])('writes no control characters but the ends of lines (json: %s)', (json) => {
    const written: string[] = [];
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    }
    const { result, say, warn } = openTerminal({ json });
    const name = 'a\u001b]0;owned\u0007b\r\u202Ec\u009B2Jd';
    for (const print of [result, say, warn]) print(`one\n${name}`);
    expect(written).toEqual(Array(3).fill('one\na\\u001b]0;owned\\u0007b\\u000d\\u202ec\\u009b2Jd\n'));
    result(JSON.stringify({ name }));
    expect(JSON.parse(written.at(-1)!)).toEqual({ name });
  });

  it('has the columns of the terminal now, else those of COLUMNS, else no end', () => {
    vi.stubEnv('COLUMNS', '');
    const before = Object.getOwnPropertyDescriptor(process.stdout, 'columns');
    const resized = (columns: number | undefined) =>
      Object.defineProperty(process.stdout, 'columns', {
        value: columns,
        configurable: true,
        writable: true,
      });
    try {
      resized(undefined);
      const { columns } = openTerminal();
      expect(columns()).toBe(Number.POSITIVE_INFINITY);
      for (const [text, number] of [
        ['72', 72],
        ['0', Number.POSITIVE_INFINITY],
        ['wide', Number.POSITIVE_INFINITY],
      ] as const) {
        vi.stubEnv('COLUMNS', text);
        // A terminal that does not know its size says 0.
        for (const unknown of [undefined, 0]) {
          resized(unknown);
          expect(columns()).toBe(number);
        }
      }
      for (const width of [80, 60]) {
        resized(width);
        expect(columns()).toBe(width);
      }
    } finally {
      if (before === undefined) Reflect.deleteProperty(process.stdout, 'columns');
      else Object.defineProperty(process.stdout, 'columns', before);
    }
  });

  it.each([
    ['xterm', true],
    ['dumb', false],
  ])('two terminals, TERM=%s: watched is %s', (term, expected) => {
    vi.stubEnv('TERM', term);
    const streams = [process.stdout, process.stderr];
    const before = streams.map((stream) => stream.isTTY);
    for (const stream of streams) stream.isTTY = true;
    try {
      expect(openTerminal().watched).toBe(expected);
    } finally {
      streams.forEach((stream, index) => {
        stream.isTTY = before[index]!;
      });
    }
  });
});
