import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How a run's process ended. */
export type Ending = {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of its stderr output. */
  readonly words: string;
};

/** A task of the pool: `normlab` arguments, computed when the task starts. */
export type PoolTask = { readonly name: string; readonly args: () => Promise<readonly string[]> };

export type PoolOptions = {
  readonly tasks: readonly PoolTask[];
  /** Processes at once. */
  readonly jobs: number;
  /** When aborted, no further task starts, and running tasks are asked to save and end. */
  readonly signal: AbortSignal;
  readonly onStart: (name: string) => void;
  /** @returns whether to run the task again */
  readonly onEnd: (name: string, ending: Ending) => Promise<'again' | 'done'>;
};

const worker = fileURLToPath(new URL('../worker.js', import.meta.url));

/** Runs each task in its own process, in order, `jobs` at once; returns when all have ended. */
export async function runPool({ tasks, jobs, signal, onStart, onEnd }: PoolOptions): Promise<void> {
  const queue = [...tasks];
  const lane = async () => {
    for (let task = queue.shift(); task !== undefined && !signal.aborted; task = queue.shift()) {
      for (;;) {
        const args = await task.args();
        onStart(task.name);
        const ending = await runWorker(args, signal);
        if ((await onEnd(task.name, ending)) === 'done' || signal.aborted) break;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, tasks.length) }, lane));
}

/** Enough for a message and its hint. */
const mostWords = 4000;

async function runWorker(args: readonly string[], signal: AbortSignal): Promise<Ending> {
  // The channel closes when this process ends, which tells the worker. The worker has its own process group, so that
  // Ctrl-C reaches only this process, which then signals each worker once.
  const child: ChildProcess = spawn(process.execPath, [worker, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: true,
  });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-mostWords);
  });
  try {
    return await new Promise<Ending>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status, name) => resolve({ status, signal: name, words: words.trim() }));
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
