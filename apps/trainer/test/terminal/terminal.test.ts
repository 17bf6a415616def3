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
