import { MultiBar } from 'cli-progress';
import { barLook, leavingNoRemains, stoppedAtExit } from '../terminal/bar.js';
import { duration } from '../terminal/duration.js';
import type { Terminal } from '../terminal/terminal.js';

/** The displayed progress of a training. */
export type Progress = {
  /** After a step. */
  step(now: ProgressValues): void;
  /** The run is doing something other than steps: `evaluating`. */
  busy(what: string): void;
  /** Prints a permanent line, above the bar if there is one. */
  line(text: string): void;
  stop(): void;
};

export type ProgressValues = {
  /** Steps done. */
  readonly step: number;
  /** Epoch, from 0. */
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
};

type Shown = { readonly epoch: string; readonly status: readonly string[] };

/**
 * A progress bar on a terminal, else lines only. `stop()` restores the terminal's cursor; it is also
 * restored if the process ends without it.
 */
export function showProgress(
  terminal: Terminal,
  { steps, epochs, from }: { steps: number; epochs: number; from: number },
  stream: NodeJS.WritableStream = process.stderr,
): Progress {
  if (!terminal.watched) {
    return { step: () => {}, busy: () => {}, line: terminal.say, stop: () => {} };
  }
  const bars = new MultiBar({
    ...barLook<Shown>(({ value, total }, { epoch, status }) => {
      return { before: epoch, after: [`${value}/${total}`, ...status] };
    }),
    stream,
    fps: 4,
    hideCursor: true,
  });
  const bar = leavingNoRemains(bars.create(steps, from, { epoch: '', status: ['starting'] }), stream);
  const stop = stoppedAtExit(() => bars.stop());
  return {
    step: (values) =>
      bar.update(values.step, {
        epoch: `epoch ${values.epoch + 1}/${epochs}`,
        status: statusOf(values),
      }),
    busy: (status) => bar.update({ status: [status] }),
    line: (text) => {
      bars.log(`${text}\n`);
      // The bar prints lines only when it is drawn again, which may not happen: after the last line, or before the next
      // line.
      bars.update();
    },
    stop,
  };
}

function statusOf({ loss, accuracy, imagesPerSecond, secondsLeft }: ProgressValues): string[] {
  return [
    `${duration(secondsLeft)} left`,
    `loss ${loss.toFixed(3)}`,
    `accuracy ${(100 * accuracy).toFixed(1)} %`,
    `${imagesPerSecond.toFixed(0)} images/s`,
  ];
}
