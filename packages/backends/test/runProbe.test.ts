import { describe, expect, it } from 'vitest';
import { runProbe } from '../src/runProbe.js';

describe('runProbe', () => {
  it('gives the JSON of the last line, whatever was printed before', async () => {
    const script = `console.log('a note'); console.log(JSON.stringify([...process.argv.slice(1), process.env.A]));`;
    expect(await runProbe(script, ['b'], { env: { A: 'c' } })).toEqual({ answer: ['b', 'c'] });
  });

  it.each([
    ['an error', 'throw new TypeError("no such thing")', 'no such thing'],
    ['an error of Node', 'require("no-such-module")', "Cannot find module 'no-such-module'"],
    ['a crash', 'process.kill(process.pid, "SIGSEGV")', 'it crashed with SIGSEGV'],
    ['a status', 'process.exit(7)', 'it ended with status 7'],
    ['silence', '', 'it ended without an answer'],
    ['words', 'console.log("words")', 'it ended without an answer'],
  ])('tells %s', async (_, script, failure) => {
    expect(await runProbe(script, [])).toEqual({ failure });
  });

  it('kills a process that hangs and ignores SIGTERM', async () => {
    const script = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);';
    expect(await runProbe(script, [], { timeout: 500 })).toEqual({
      failure: 'it did not answer within 0.5 s',
    });
  });
});
