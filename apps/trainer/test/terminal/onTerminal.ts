import { spawn, spawnSync } from 'node:child_process';
import { main } from '../commands/spawnNormlab.js';

/** Whether script(1) is there, which gives a program a terminal. */
export const hasScript = spawnSync('script', ['--version']).status === 0;

/** The end of the title of a test that needs script(1). */
export const skipped = hasScript ? '' : ', SKIPPED: no script(1), which gives a program a terminal';

/**
 * Runs normlab on a terminal of its own to its end.
 *
 * @param texts Ctrl-C is typed whenever the next of them has appeared
 */
export async function onTerminal(
  args: readonly string[],
  cwd: string,
  texts: readonly string[] = [],
  TERM = 'xterm',
): Promise<{ readonly status: number | null; readonly written: string }> {
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
