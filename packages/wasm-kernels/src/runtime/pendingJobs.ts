import { BackendError } from '@normlab/errors';
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
   * @throws BackendError if a kernel has failed, from then on: nobody knows which tensors are wrong
   */
  settle(): void;
  /** Waits for the jobs of a row that ends; `settle` reports if one of them has failed. */
  end(row: JobRow): void;
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
  let failure: string | undefined;
  return {
    row: undefined,
    give(row) {
      if (this.row === row) return;
      this.settle();
      this.row = row;
    },
    settle() {
      if (this.row !== undefined) this.row.waitFor(this.row.added());
      failure ??= this.row?.failure();
      if (failure !== undefined) throw failed(failure);
    },
    end(row) {
      row.waitFor(row.added());
      failure ??= row.failure();
      if (this.row === row) this.row = undefined;
    },
  };
}

function failed(kernel: string): BackendError {
  return new BackendError({
    where: 'wasm backend',
    what: 'every kernel',
    rule: 'do its job, or else tensors are wrong',
    got: kernel,
    hint: 'remove the backend and open it again',
  });
}
