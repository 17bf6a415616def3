import { SingleBar } from 'cli-progress';
import { duration } from '../terminal/duration.js';
import { harmless, type Terminal } from '../terminal/terminal.js';

/** What a person sees of an experiment that is under way. */
export type CompareProgress = {
  /** Share of all work that is done, from 0 to 1, and runs that are done. */
  update(share: number, done: number): void;
  /** A line that stays. */
  line(text: string): void;
  stop(): void;
};

/**
 * Progress of the whole: a bar with the time left where a person watches, lines alone elsewhere.
 *
 * @param clock seconds since any instant
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
  const bar = watched ? new SingleBar(barOptions) : undefined;
  bar?.start(1000, 0, { done: 0, runs, left: '' });
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
    stop: () => bar?.stop(),
    left,
  };
}

/** At the pace since the start; '' before there is one. */
function secondsLeft(share: number, first: number, seconds: number): string {
  const gained = share - first;
  return gained <= 0 ? '' : `${duration((seconds * (1 - share)) / gained)} left`;
}

const barOptions = {
  stream: process.stderr,
  format: '{bar} {percentage} %  {done}/{runs} runs  {left}',
  barCompleteChar: '█',
  barIncompleteChar: '░',
  barsize: 28,
  fps: 2,
  hideCursor: true,
  linewrap: false,
  clearOnComplete: true,
};
