import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { main, narrow, normlab, temporaryFolder } from '../commands/spawnNormlab.js';

const hasScript = spawnSync('script', ['--version']).status === 0;
const skipped = hasScript ? '' : ', SKIPPED: no script(1), which gives a program a terminal';

const [hideCursor, showCursor, wrapOff] = ['\x1b[?25l', '\x1b[?25h', '\x1b[?7l'];

/** Runs normlab on a terminal of its own, and types Ctrl-C whenever the next of the texts has appeared. */
async function onTerminal(args: readonly string[], cwd: string, texts: readonly string[], TERM = 'xterm') {
  const command = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    ...{ cwd, stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, TERM } },
  });
  const awaited = [...texts];
  let written = '';
  child.stdout!.on('data', (data: Buffer) => {
    written += data.toString();
    while (awaited.length > 0 && written.includes(awaited[0]!)) {
      awaited.shift();
      child.stdin!.write('\x03');
    }
  });
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, written };
}

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
