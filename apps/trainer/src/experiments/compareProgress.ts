import { SingleBar } from 'cli-progress';
import { barLook, leavingNoRemains, stoppedAtExit } from '../terminal/bar.js';
import { duration } from '../terminal/duration.js';
import { harmless, type Terminal } from '../terminal/terminal.js';

/** The displayed progress of a running experiment. */
export type CompareProgress = {
  /** The fraction of all work done, from 0 to 1, and the number of runs done. */
  update(share: number, done: number): void;
  /** Prints a permanent line. */
  line(text: string): void;
  stop(): void;
};

/**
 * Progress of the experiment: on a terminal a bar with the remaining time, elsewhere lines only.
 *
 * @param clock seconds since any fixed instant
 */
export function showCompareProgress(
  { watched, say }: Terminal,
  runs: number,
  clock: () => number,
): CompareProgress & { left(): string } {
  const began = clock();
  let first: number | undefined;
  let share = 0;
  const left = () => secondsLeft(share, first ?? share, clock() - began);
  const bar = watched ? leavingNoRemains(new SingleBar(barOptions), process.stderr) : undefined;
  bar?.start(1000, 0, { done: 0, runs, left: '' });
  const stop = bar === undefined ? () => {} : stoppedAtExit(() => bar.stop());
  return {
    update: (now, done) => {
      first ??= now;
      share = now;
      bar?.update(Math.floor(1000 * now), { done, runs, left: left() });
    },
    line: (text) => {
      if (bar === undefined) say(text);
      else process.stderr.write(`\r\x1b[K${harmless(text)}\n`);
    },
    stop,
    left,
  };
}

/** The remaining time at the average speed since the start; '' before the first progress. */
function secondsLeft(share: number, first: number, seconds: number): string {
  const gained = share - first;
  return gained <= 0 ? '' : `${duration((seconds * (1 - share)) / gained)} left`;
}

type Shown = { readonly done: number; readonly runs: number; readonly left: string };

const barOptions = {
  ...barLook<Shown>(({ progress }, { done, runs, left }) => {
    return { after: [`${Math.floor(100 * progress)} %`, `${done}/${runs} runs`, left] };
  }),
  fps: 2,
  hideCursor: true,
};
