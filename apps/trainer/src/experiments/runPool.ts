import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How a run's process ended. */
export type Ending = {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of its stderr output. */
  readonly words: string;
};

/** A task of the pool: `normlab` arguments, computed before the task starts. */
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
  /** Called with what a task's arguments, its process or `onEnd` threw: the task is over, and the others continue. */
  readonly onError: (name: string, error: unknown) => void;
};

const worker = fileURLToPath(new URL('../worker.js', import.meta.url));

/** Runs each task in its own process, in order, `jobs` at once; returns when all have ended. */
export async function runPool(options: PoolOptions): Promise<void> {
  const { tasks, jobs, signal, onError } = options;
  const queue = [...tasks];
  const lane = async () => {
    for (let task = queue.shift(); task !== undefined && !signal.aborted; task = queue.shift()) {
      const { name } = task;
      await runTask(task, options).catch((error: unknown) => onError(name, error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, tasks.length) }, lane));
}

async function runTask({ name, args }: PoolTask, { signal, onStart, onEnd }: PoolOptions): Promise<void> {
  for (;;) {
    const given = await args();
    if (signal.aborted) return;
    onStart(name);
    const ending = await runWorker(given, signal);
    if ((await onEnd(name, ending)) === 'done' || signal.aborted) return;
  }
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
