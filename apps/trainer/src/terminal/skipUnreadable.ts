import { NormlabError } from '@normlab/errors';
import { exitStatus } from './failure.js';

/** Reads of several runs, of which a damaged one does not hide the others. */
export type Skipping = {
  /** What `read` gives; undefined, after a warning, if that cannot be read. */
  read<T>(read: () => Promise<T>): Promise<T | undefined>;
  /** Whether something could not be read. */
  hasSkipped(): boolean;
  /** The exit status: failed if something could not be read. */
  status(): number;
};

/** @param warn shows why something cannot be read */
export function skipUnreadable(warn: (text: string) => void): Skipping {
  let hasSkipped = false;
  return {
    async read(read) {
      try {
        return await read();
      } catch (error) {
        if (!(error instanceof NormlabError)) throw error;
        hasSkipped = true;
        warn(error.message);
        return undefined;
      }
    },
    hasSkipped: () => hasSkipped,
    status: () => (hasSkipped ? exitStatus.failed : exitStatus.done),
  };
}
