import { fileError } from '@normlab/files';
import { exitStatus } from './failure.js';

/** What became of the output of a command. */
export type WatchedOutput = {
  /** Whether a part of the output was lost to something other than a reader that went away, such as a full disk. */
  isIncomplete(): boolean;
};

/**
 * Watches stdout and stderr, so that an output that cannot be written does not end the command.
 *
 * If the reader quits (`normlab train | head`, a closed terminal), the command continues; its output is discarded. Any
 * other error is said once, on stderr, and the process ends with status 1.
 */
export function watchOutput(): WatchedOutput {
  let isIncomplete = false;
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' || error.code === 'EIO' || isIncomplete) return;
      isIncomplete = true;
      // The error may come after the command has returned its status.
      process.exitCode = exitStatus.failed;
      const rule = 'take the whole output';
      process.stderr.write(`${fileError({ where: 'normlab', file: name, rule }, error).message}\n`);
    });
  }
  return { isIncomplete: () => isIncomplete };
}
