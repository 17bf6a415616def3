import { SingleBar } from 'cli-progress';
import type { LoadListener } from '../fromSettings/data.js';
import type { Terminal } from '../terminal/terminal.js';

/** A bar while images are decoded where a person watches, else one line. */
export function showLoading({ watched, say, warn }: Terminal): LoadListener {
  if (!watched) {
    return {
      decoded: (done, total) => {
        if (done === 1) say(`Decoding ${total} images; they are kept for the next time.`);
      },
      warn,
    };
  }
  const bar = new SingleBar({
    stream: process.stderr,
    format: 'decoding {bar} {value}/{total} images, kept for the next time',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    clearOnComplete: true,
    // The bar's own handler would swallow Ctrl-C, which ends the command here; so nothing may be hidden either.
    gracefulExit: false,
  });
  return {
    decoded: (done, total) => {
      if (done === 1) bar.start(total, 0);
      bar.update(done);
      if (done === total) bar.stop();
    },
    warn,
  };
}
