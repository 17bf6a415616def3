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
      if (done === total) bar.stop();
    },
    warn,
  };
}
