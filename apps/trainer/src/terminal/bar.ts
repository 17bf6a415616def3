import { SingleBar } from 'cli-progress';

/** The look of every progress bar. The library's own handlers would swallow Ctrl-C, which is the command's to handle. */
export const barLook = {
  stream: process.stderr as NodeJS.WritableStream,
  barCompleteChar: '█',
  barIncompleteChar: '░',
  barsize: 24,
  clearOnComplete: true,
  gracefulExit: false,
};

/**
 * A bar of a command that Ctrl-C may end at any moment: it changes nothing of the terminal that would have to be restored,
 * neither the cursor nor wrapping.
 */
export function passingBar(format: string): SingleBar {
  return new SingleBar({ ...barLook, format, linewrap: true });
}

/** Calls `stop` once: when the returned function is called, or when the process ends, as by a second Ctrl-C. */
export function stoppedAtExit(stop: () => void): () => void {
  const end = () => {
    process.off('exit', end);
    stop();
  };
  process.on('exit', end);
  return end;
}
