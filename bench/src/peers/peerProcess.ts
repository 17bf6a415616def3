import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Workload } from '../workload.js';
import type { Greeting, Reply, Request } from './protocol.js';

/** One implementation in its own process. */
export type Peer = {
  /** `PyTorch`, `normlab` */
  readonly name: string;
  readonly threads: number;
  /** The process, if it has one of its own. */
  readonly processId?: number | undefined;
  /** Its description of itself. */
  readonly description: string;
  /** Runs a workload that many times. */
  time(workload: Workload, repeats: number): Promise<{ seconds: number; heapBytes?: number }>;
  forget(): Promise<void>;
  close(): Promise<void>;
};

/** A workload that a peer cannot run. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun';
}

/** A peer's program ended, with the last error that it printed. */
export class PeerEnded extends Error {
  override readonly name = 'PeerEnded';

  constructor(peer: string, complaints: string) {
    const lines = complaints.trim().split('\n');
    super(`${peer}: the process ended: ${lines.findLast((line) => /\bError\b/.test(line)) ?? lines.at(-1)}`);
  }
}

/** Starts a peer's program and waits for its greeting. */
export async function startPeer(
  name: string,
  threads: number,
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Peer> {
  const [program, ...args] = command;
  const child = spawn(program!, args, { env: { ...process.env, ...environment } });
  const complaints: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => complaints.push(text));
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', () => {
      reject(new PeerEnded(name, complaints.join('')));
    });
  });
  ended.catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => {
    const { value } = await Promise.race([lines.next(), ended]);
    return value === undefined ? ended : JSON.parse(value);
  };
  const greeting: Greeting = await read();
  const ask = async (request: Request): Promise<Reply> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return read();
  };
  return {
    name,
    threads,
    processId: child.pid,
    description: greeting.description,
    time: async (workload, repeats) => {
      const reply = await ask({ workload, repeats });
      if ('seconds' in reply) return reply;
      throw new CannotRun('error' in reply ? reply.error : 'no answer');
    },
    forget: async () => {
      await ask({ forget: true });
    },
    close: () => end(child),
  };
}

function end(child: ChildProcessWithoutNullStreams): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.stdin.end();
  });
}
