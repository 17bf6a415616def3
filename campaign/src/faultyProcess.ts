import { type ChildProcess, fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Ended } from './command.js';
import { type Call, type Injection, readCalls } from './injection.js';

const worker = fileURLToPath(new URL('./faultyWorker.js', import.meta.url));

/** Commands after which the process is replaced, so that what one of them may leave behind does not add up. */
const mostCommands = 200;

/** A command that takes longer than this hangs. */
const mostMilliseconds = 120_000;

/** A process in which commands of normlab run while system calls fail. */
export type FaultyProcess = {
  /** Runs a command, and lists its system calls below the watched folder. */
  run(
    args: readonly string[],
    injection?: Omit<Injection, 'log'>,
  ): Promise<Ended & { readonly calls: readonly Call[] }>;
  close(): void;
};

/** @param log a file for the library */
export function openFaultyProcess(library: string, log: string): FaultyProcess {
  let child: ChildProcess | undefined;
  let commands = 0;
  const close = () => {
    child?.kill('SIGKILL');
    child = undefined;
    commands = 0;
  };
  return {
    async run(args, injection) {
      if (++commands > mostCommands) close();
      child ??= fork(worker, {
        env: { ...process.env, LD_PRELOAD: library },
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      });
      const ended = await answerOf(child, {
        args,
        ...(injection !== undefined && { injection: { ...injection, log } }),
      });
      // A command that hangs, or ended its process, leaves a process of which nothing is known.
      if (ended.status === null) close();
      const calls = await readCalls(log);
      await rm(log, { force: true });
      return { ...ended, calls };
    },
    close,
  };
}

function answerOf(child: ChildProcess, order: object): Promise<Ended> {
  return new Promise((resolve) => {
    let stderr = '';
    const settle = (ended: Ended) => {
      clearTimeout(timer);
      child.removeAllListeners();
      child.stderr!.removeAllListeners();
      resolve(ended);
    };
    const lost = (signal: NodeJS.Signals | null, words: string) =>
      settle({ status: null, signal, stdout: '', stderr: `${words}\n${stderr}` });
    const timer = setTimeout(() => lost(null, 'it hangs'), mostMilliseconds);
    child.stderr!.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once('message', (ended: Ended) => settle(ended));
    child.once('close', (status, signal) => lost(signal, `its process ended with ${status}`));
    child.send(order);
  });
}
