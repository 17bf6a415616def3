import type { LoadListener } from '../fromSettings/data.js';
import { passingBar } from '../terminal/bar.js';
import type { Terminal } from '../terminal/terminal.js';

/** On a terminal a progress bar while images are decoded, else one line. */
export function showLoading({ watched, say, warn }: Terminal): LoadListener {
  if (!watched) {
    return {
      decoded: (done, total) => {
        if (done === 1) say(`Decoding ${total} images; they are cached for the next time.`);
      },
      ended: () => {},
      warn,
    };
  }
  const bar = passingBar(({ value, total }) => {
    return { before: 'decoding', after: [`${value}/${total} images`, 'cached for the next time'] };
  });
  return {
    decoded: (done, total) => {
      if (done === 1) bar.start(total, 0);
      bar.update(done);
      // Before a warning that the images cannot be cached: the bar would be drawn over it.
      if (done === total) bar.stop();
    },
    // A bar that still runs draws itself ten times a second, and keeps the process from ending.
    ended: () => bar.stop(),
    warn,
  };
}
