import { afterEach, describe, expect, it, vi } from 'vitest';
import { openTerminal } from '../../src/terminal/terminal.js';

describe('openTerminal', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each([
    ['xterm', true],
    ['dumb', false],
  ])('two streams that are terminals, TERM=%s: watched is %s', (term, expected) => {
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
