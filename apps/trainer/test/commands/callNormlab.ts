import { vi } from 'vitest';
import { runCommandLine } from '../../src/program.js';
import type { Ended } from './spawnNormlab.js';

/**
 * Runs `normlab` in this process, for commands that only compute and print: to start a process takes longer. A test file
 * that uses it also starts the built command, as `spawnNormlab.ts` does.
 */
export async function callNormlab(args: readonly string[], cwd: string): Promise<Ended> {
  const [stdout, stderr] = [catchOutput('stdout'), catchOutput('stderr')];
  const before = process.cwd();
  process.chdir(cwd);
  try {
    const status = await runCommandLine(args);
    return { status, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.chdir(before);
    stdout.end();
    stderr.end();
  }
}

/** Keeps what is written to a stream of this process, until `end`. */
function catchOutput(name: 'stdout' | 'stderr'): { text(): string; end(): void } {
  const stream = process[name];
  const listeners = stream.listeners('error');
  let text = '';
  const spy = vi.spyOn(stream, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  return {
    text: () => text,
    end() {
      spy.mockRestore();
      // The command is alone in its process and leaves its listeners.
      for (const each of stream.listeners('error')) {
        if (!listeners.includes(each)) stream.off('error', each as (error: Error) => void);
      }
    },
  };
}
