import type { WasmMemory, WasmModuleObject } from './webAssembly.js';
import { startWorkers } from './workers.js';

/** A job as the threads see it: addresses in the shared memory, and the kernel's index in the list of names. */
export type SharedJob = {
  readonly kernel: number;
  readonly job: number;
  readonly tasks: number;
  readonly scratch: number;
  /** Bytes from one thread's scratch to the next thread's; the first scratch is the caller's. */
  readonly scratchStride: number;
};

/** Threads that do the tasks of jobs together with the calling thread. */
export type Threads = {
  /** The number of threads that do tasks, including the caller. */
  readonly count: number;
  /** Returns after all tasks are done; the caller does its part with `doTask`. */
  run(job: SharedJob, doTask: (task: number) => void): void;
  close(): Promise<void>;
};

/** The task number of a closed claim: larger than any task of a job. */
const noTask = 0xffffffffn;

/** Indices in the control block, 32 bits each; the claim takes the first two. */
export const words = {
  done: 2,
  signal: 3,
  kernel: 4,
  job: 5,
  tasks: 6,
  scratch: 7,
  scratchStride: 8,
  failed: 9,
  closed: 10,
} as const;

/**
 * Starts threads for our kernels on a shared memory, as workers of Node or of the web; undefined if the platform has
 * none.
 *
 * A claim is 64 bits, (number of the job, next task): a thread takes a task by atomically replacing the claim with the
 * next one. So a thread that slept through a job and wakes during the next job cannot take a task that does not exist,
 * and the caller waits for tasks, never for threads. The result of a task does not depend on the thread.
 *
 * While a job's words are written, the claim is closed: it has the new job's number and a task number that no job has.
 * So everything that a thread reads between reading a claim and replacing it belongs to that claim's job, or the
 * replacement fails.
 *
 * The threads do not keep a process alive.
 */
export async function startThreads(
  module: WasmModuleObject,
  memory: WasmMemory,
  kernelNames: readonly string[],
  count: number,
): Promise<Threads | undefined> {
  const block = new SharedArrayBuffer(64);
  const control = new Int32Array(block);
  const claim = new BigInt64Array(block, 0, 1);
  const shared = { module, memory, control, claim, words, kernelNames };
  const workers = await startWorkers(
    Array.from({ length: count - 1 }, (_, i) => ({ ...shared, thread: i + 1 })),
  );
  if (workers === undefined) return undefined;
  let jobs = 0n;
  return {
    count,
    run(job, doTask) {
      jobs += 1n;
      Atomics.store(claim, 0, BigInt.asIntN(64, (jobs << 32n) | noTask));
      Atomics.store(control, words.kernel, job.kernel);
      Atomics.store(control, words.job, job.job);
      Atomics.store(control, words.tasks, job.tasks);
      Atomics.store(control, words.scratch, job.scratch);
      Atomics.store(control, words.scratchStride, job.scratchStride);
      Atomics.store(control, words.done, 0);
      Atomics.store(claim, 0, BigInt.asIntN(64, jobs << 32n));
      Atomics.add(control, words.signal, 1);
      Atomics.notify(control, words.signal);
      takeTasks(control, claim, job.tasks, doTask);
      waitUntilDone(control, job.tasks);
      if (Atomics.exchange(control, words.failed, 0) !== 0) {
        throw new Error(`kernel ${kernelNames[job.kernel]} failed in a worker thread`);
      }
    },
    close: async () => {
      Atomics.store(control, words.closed, 1);
      Atomics.add(control, words.signal, 1);
      Atomics.notify(control, words.signal);
      await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
    },
  };
}

function takeTasks(
  control: Int32Array,
  claim: BigInt64Array,
  tasks: number,
  doTask: (task: number) => void,
): void {
  for (;;) {
    const current = Atomics.load(claim, 0);
    const task = Number(current & 0xffffffffn);
    if (task >= tasks) return;
    if (Atomics.compareExchange(claim, 0, current, current + 1n) !== current) continue;
    doTask(task);
    Atomics.add(control, words.done, 1);
  }
}

/** How often the caller checks before it sleeps: the last tasks usually end within a few microseconds of each other. */
const patience = 20_000;

function waitUntilDone(control: Int32Array, tasks: number): void {
  for (let look = 0; ; look++) {
    const done = Atomics.load(control, words.done);
    if (done >= tasks) return;
    if (look < patience || !maySleep) continue;
    // The thread that does the last task wakes the caller; if that has already happened, this does not sleep.
    Atomics.wait(control, words.done, done);
  }
}

/** Whether this thread may wait: a page's main thread may not, and checks until the tasks are done. */
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
