import { accessSync } from 'node:fs';
import type { Ended } from './command.js';
import { type Injection, orderOf } from './injection.js';

// Runs commands of normlab, one after the other, in a process that is loaded with the library which fails system calls:
// a process of its own for each command takes a second to load.
const program = new URL('../../apps/trainer/dist/program.js', import.meta.url);
const { runCommandLine }: { runCommandLine: (args: readonly string[]) => Promise<number> } = await import(
  program.href
);

/** What the worker is asked to run. */
export type Order = { readonly args: readonly string[]; readonly injection?: Injection };

// Each command adds listeners for a reader that goes away.
for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0);

process.on('message', async ({ args, injection }: Order) => {
  const captured = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = (chunk: string | Uint8Array) => {
      captured[name] += chunk.toString();
      return true;
    };
  }
  accessSync(orderOf(injection));
  const status = await runCommandLine(args);
  accessSync(orderOf(undefined));
  const ended: Ended = { status, signal: null, ...captured };
  process.send!(ended);
});
