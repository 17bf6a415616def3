import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { narrow, normlab, temporaryFolder } from '../commands/spawnNormlab.js';
import { hasScript, onTerminal, skipped } from './onTerminal.js';

const [hideCursor, showCursor, wrapOff] = ['\x1b[?25l', '\x1b[?25h', '\x1b[?7l'];

const isRestored = (written: string) =>
  written.lastIndexOf(showCursor) > written.lastIndexOf(hideCursor) && !written.includes(wrapOff);

it.skipIf(!hasScript)(
  `train: the first Ctrl-C saves, the second ends at once; both leave the terminal as it was${skipped}`,
  async () => {
    const folder = temporaryFolder();
    const train = ['train', ...narrow, '--dataset', 'built-in', '--steps', '100000', '--out'];
    const once = await onTerminal([...train, 'once'], folder, [hideCursor]);
    expect(once.status).toBe(130);
    expect(isRestored(once.written)).toBe(true);
    expect(existsSync(join(folder, 'once/checkpoint.json'))).toBe(true);
    // By the bar, and at the end: the terminal throws away what was written just before a Ctrl-C.
    expect(once.written.split(showCursor)).toHaveLength(3);

    const twice = await onTerminal([...train, 'twice'], folder, [hideCursor, 'Ctrl-C again']);
    expect(twice.status).toBe(130);
    expect(isRestored(twice.written)).toBe(true);
    // It goes on from what it had, whether or not the first Ctrl-C was done saving.
    const { steps } = JSON.parse(readFileSync(join(folder, 'twice/config.json'), 'utf8')).length;
    expect(steps).toBe(100_000);
    const runs = await normlab(['runs', '.', '--json'], folder);
    expect(runs.status).toBe(0);
  },
);

it.skipIf(!hasScript)(`compare: two Ctrl-C leave the terminal as it was${skipped}`, async () => {
  const folder = temporaryFolder();
  const { status, written } = await onTerminal(['compare', 'demo', '--jobs', '1', '--out', 'demo'], folder, [
    'begins',
    'Ctrl-C again',
  ]);
  expect(status).toBe(130);
  expect(written).toContain(hideCursor);
  expect(isRestored(written)).toBe(true);
});

it.skipIf(!hasScript)(`compare moves no cursor of a terminal that cannot${skipped}`, async () => {
  const args = ['compare', 'demo', '--jobs', '1', '--out', 'demo'];
  const { status, written } = await onTerminal(args, temporaryFolder(), ['begins'], 'dumb');
  expect(status).toBe(130);
  expect(written).toContain('Saving all runs.');
  expect(written).not.toContain('\x1b');
});
