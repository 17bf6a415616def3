import type { Threads } from './threads.js';

/** A row of jobs that threads may not have done yet. */
export type JobRow = Pick<Threads, 'added' | 'done' | 'waitFor' | 'failure'>;

/**
 * The jobs that work on a module's memory, after the calls that began them have returned.
 *
 * At most one row has jobs that are not done: jobs of one row run one after another, those of two would not.
 */
export type PendingJobs = {
  /** The row that works on the memory last. */
  row: JobRow | undefined;
  /** Makes a row, or none, the one that works on the memory: the jobs of another one are done first. */
  give(row: JobRow | undefined): void;
  /**
   * Returns when nothing works on the memory any more: before anyone else reads or writes what kernels write or read.
   *
   * @throws Error if a kernel has failed
   */
  settle(): void;
};

/** For every copy of this package. */
const pendingKey: unique symbol = Symbol.for('@normlab/wasm-kernels/pending-jobs');

export function pendingJobs(module: object): PendingJobs {
  const worked: { [pendingKey]?: PendingJobs } = module;
  if (worked[pendingKey] === undefined)
    Object.defineProperty(module, pendingKey, { value: newPendingJobs() });
  return worked[pendingKey]!;
}

function newPendingJobs(): PendingJobs {
  return {
    row: undefined,
    give(row) {
      if (this.row === row) return;
      this.settle();
      this.row = row;
    },
    settle() {
      const { row } = this;
      if (row === undefined) return;
      row.waitFor(row.added());
      const failure = row.failure();
      if (failure !== undefined) throw new Error(failure);
    },
  };
}
