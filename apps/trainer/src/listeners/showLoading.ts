import { SingleBar } from 'cli-progress';
import type { LoadListener } from '../fromSettings/data.js';
import type { Terminal } from '../terminal/terminal.js';

/** On a terminal a progress bar while images are decoded, else one line. */
export function showLoading({ watched, say, warn }: Terminal): LoadListener {
  if (!watched) {
    return {
      decoded: (done, total) => {
        if (done === 1) say(`Decoding ${total} images; they are cached for the next time.`);
      },
      warn,
    };
  }
  const bar = new SingleBar({
    stream: process.stderr,
    format: 'decoding {bar} {value}/{total} images, cached for the next time',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    clearOnComplete: true,
    // The bar's own handler would catch Ctrl-C, which ends the command here; so the cursor must not be hidden either.
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
