import { MultiBar } from 'cli-progress';
import { duration } from '../terminal/duration.js';
import type { Terminal } from '../terminal/terminal.js';

/** What a person sees of a running training. */
export type Progress = {
  /** After a step. */
  step(now: ProgressValues): void;
  /** The run does something else than steps: `evaluating`. */
  busy(what: string): void;
  /** A line that stays, above the bar if there is one. */
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

/**
 * A progress bar where a person watches, else lines only. The terminal's cursor and wrapping come back with `stop()`,
 * and where the process ends without it.
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
    stream,
    format: '{epoch} {bar} {value}/{total}  {status}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    fps: 4,
    clearOnComplete: true,
    hideCursor: true,
    linewrap: false,
    // Its own handlers would stop the bar at the first Ctrl-C, while the last step is still to come.
    gracefulExit: false,
  });
  const bar = bars.create(steps, from, { epoch: '', status: 'starting' });
  const stop = () => {
    process.off('exit', stop);
    bars.stop();
  };
  process.on('exit', stop);
  return {
    step: (values) =>
      bar.update(values.step, {
        epoch: `epoch ${values.epoch + 1}/${epochs}`,
        status: statusOf(values),
      }),
    busy: (status) => bar.update({ status }),
    line: (text) => {
      bars.log(`${text}\n`);
      // The bar keeps lines until it is drawn again, which it may not be: this is the last one, or the next comes first.
      bars.update();
    },
    stop,
  };
}

function statusOf({ loss, accuracy, imagesPerSecond, secondsLeft }: ProgressValues): string {
  const percent = (100 * accuracy).toFixed(1);
  const speed = imagesPerSecond.toFixed(0);
  return `loss ${loss.toFixed(3)}  accuracy ${percent} %  ${speed} images/s  ${duration(secondsLeft)} left`;
}
