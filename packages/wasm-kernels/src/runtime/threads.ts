import { jobRow, type SharedJob } from '#kernels';
import type { WasmMemory, WasmModuleObject } from './webAssembly.js';
import { startWorkers } from './workers.js';

/** Threads that do a row of jobs, one after another, together with the calling thread. */
export type Threads = {
  /** The number of threads that do tasks, including the caller. */
  readonly count: number;
  /** The number of jobs added so far. */
  readonly added: () => number;
  /** The number of jobs that are done; all before them are done too. */
  readonly done: () => number;
  /** Adds a job, of at least one task, to the end of the row. Where the row is full, the caller does tasks first. */
  add(job: SharedJob): void;
  /** Returns after so many of the added jobs are done; the caller does tasks until none is left. */
  waitFor(jobs: number): void;
  /** What to say if a kernel has failed. */
  failure(): string | undefined;
  close(): Promise<void>;
};

/** Any function of a kernel. */
export type KernelFunction = (record: number, task: number, scratch: number) => void;

/** A power of two. */
const slotCount = 64;

/** Groups of words that are often written lie so far apart, in words: 64 bytes, a line of caches. */
const line = 16;

/** Indices in the control block, 32 bits each; see `worker/jobRow.js`. */
export const words = {
  done: 0,
  /** Whether the caller sleeps until `done` changes. */
  isAwaited: 1,
  published: line,
  signal: 2 * line,
  /** Threads that sleep, or are about to, until `signal` changes. */
  sleepers: 2 * line + 1,
  /** A kernel that failed, as its index and 1 more; 0 for none. */
  failed: 2 * line + 2,
  closed: 2 * line + 3,
  /** The first slot; the following are the places of its words. */
  slots: 3 * line,
  slotCount,
  job: 0,
  kernel: 1,
  record: 2,
  tasks: 3,
  scratch: 4,
  scratchStride: 5,
  ended: line,
  /** The first thread's; those of the others follow. */
  left: 2 * line,
  leftWords: line,
} as const;

/** A control block for so many threads, in which no job is published, and its words. */
export function newControl(threads: number) {
  const slotWords = words.left + threads * words.leftWords;
  const control = new Int32Array(new SharedArrayBuffer(4 * (words.slots + slotCount * slotWords)));
  return { control, words: { ...words, slotWords } };
}

/**
 * Starts threads for our kernels on a shared memory, as workers of Node or of the web; undefined if the platform has
 * none.
 *
 * The caller adds a job and goes on with its program, while the others do the job's tasks: so the program between two
 * jobs takes no time of its own, as long as nothing reads the results. The result of a task does not depend on the
 * thread.
 *
 * The threads do not keep a process alive.
 *
 * @param kernels the kernels bound to the caller, in the order of their names
 */
export async function startThreads(
  module: WasmModuleObject,
  memory: WasmMemory,
  kernelNames: readonly string[],
  kernels: readonly KernelFunction[],
  count: number,
): Promise<Threads | undefined> {
  const block = newControl(count);
  const { control } = block;
  const shared = { ...block, module, memory, kernelNames, threads: count };
  const workers = await startWorkers(
    Array.from({ length: count - 1 }, (_, i) => ({ ...shared, thread: i + 1 })),
  );
  if (workers === undefined) return undefined;
  const row = jobRow({ ...block, kernels, thread: 0, threads: count });
  let added = 0;
  // Counters of 32 bits wrap: only differences count.
  const notDone = (jobs: number) => (jobs - Atomics.load(control, words.done)) | 0;
  const doUntil = (jobs: number) => {
    for (let looks = 0; notDone(jobs) > 0; looks++) {
      if (row.takeTasks()) looks = 0;
      else if (looks >= patience && maySleep) sleepUntilNext(control, () => notDone(jobs) > 0);
    }
  };
  return {
    count,
    added: () => added,
    done: () => added - notDone(added),
    add(job) {
      doUntil(added - slotCount + 1);
      row.publish(added | 0, job);
      added++;
    },
    waitFor: doUntil,
    failure() {
      const failed = Atomics.load(control, words.failed);
      return failed === 0 ? undefined : `kernel ${kernelNames[failed - 1]} failed in a thread`;
    },
    close: async () => {
      Atomics.store(control, words.closed, 1);
      Atomics.add(control, words.signal, 1);
      Atomics.notify(control, words.signal);
      await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
    },
  };
}

/** How often the caller looks before it sleeps: the last tasks usually end within a few microseconds of each other. */
const patience = 20_000;

/** Sleeps until the next job is done. */
function sleepUntilNext(control: Int32Array, isNeeded: () => boolean): void {
  Atomics.store(control, words.isAwaited, 1);
  const done = Atomics.load(control, words.done);
  // Whoever ends a job after this reads that it is awaited, or has changed `done` already.
  if (isNeeded()) Atomics.wait(control, words.done, done);
  Atomics.store(control, words.isAwaited, 0);
}

/** Whether this thread may wait: a page's main thread may not, and looks until the jobs are done. */
const maySleep = threadMaySleep();

function threadMaySleep(): boolean {
  // Pages that are not cross-origin isolated have no shared memory, and so none of our threads.
  if (typeof SharedArrayBuffer === 'undefined') return false;
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}
