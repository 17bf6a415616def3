import type { EventEmitter } from 'node:events';
import { type Options, SingleBar } from 'cli-progress';

/** The texts beside a bar. */
export type BarTexts = {
  readonly before?: string;
  /** The most important first: where the line is too narrow, the last ones are left out. */
  readonly after: readonly string[];
};

const mostCells = 24;
const leastCells = 8;

/**
 * The look of every progress bar: a line that always fits the terminal, also after it was resized. The library's own
 * handlers would swallow Ctrl-C, which is the command's to handle.
 *
 * @param texts the texts for a value, its total, and what else was given to the bar
 */
export function barLook<Payload>(
  texts: (now: { value: number; total: number; progress: number }, payload: Payload) => BarTexts,
): Options {
  return {
    stream: process.stderr,
    clearOnComplete: true,
    gracefulExit: false,
    // Wrapping stays on: long lines that are printed above the bar must not be cut.
    linewrap: true,
    // A line printed above the bar, or a resize, erases it: it is drawn again also when nothing has changed.
    forceRedraw: true,
    // Called at every drawing, with the columns that the terminal has then.
    format: (_, { value, total, progress, maxWidth }, payload: Payload) =>
      barLine(progress, texts({ value, total, progress }, payload), maxWidth),
  };
}

/**
 * A bar with its texts in one line, one column less than the terminal: some begin a new line after the last one.
 *
 * @param share what is done, from 0 to 1
 */
export function barLine(share: number, { before = '', after }: BarTexts, columns: number): string {
  const room = columns - 1;
  const first = before === '' ? '' : `${before} `;
  for (let count = after.length; count >= 0; count--) {
    const last = after.slice(0, count).join('  ');
    const cells = Math.min(mostCells, room - first.length - (last === '' ? 0 : last.length + 1));
    if (cells >= leastCells) return `${first}${barOf(share, cells)} ${last}`.trimEnd();
  }
  return first.slice(0, Math.max(0, room)).trimEnd();
}

/**
 * A bar of a command that Ctrl-C may end at any moment: it changes nothing of the terminal that would have to be restored,
 * such as the cursor.
 */
export function passingBar<Payload>(...[texts]: Parameters<typeof barLook<Payload>>): SingleBar {
  return leavingNoRemains(new SingleBar(barLook(texts)), process.stderr);
}

/**
 * Makes a bar leave nothing behind when its terminal gets narrower.
 *
 * Many terminals then fold the line that is already drawn, and keep the cursor at its character. So the cursor is put back
 * to the line's first character after every drawing, from which all below is cleared at the next one.
 */
export function leavingNoRemains<Bar extends EventEmitter>(
  bar: Bar,
  stream: NodeJS.WritableStream & { columns?: number },
): Bar {
  let columns = stream.columns;
  bar.on('redraw-pre', () => {
    if (stream.columns !== columns) stream.write('\r\x1b[J');
    columns = stream.columns;
  });
  bar.on('redraw-post', () => stream.write('\r'));
  return bar;
}

/**
 * For a bar that hides the cursor: calls `stop` once, when the returned function is called or when the process ends, as by
 * a second Ctrl-C.
 *
 * A terminal throws away what was written to it just before a Ctrl-C, and with it, perhaps, what has shown the cursor
 * again. So the cursor is shown once more when the process ends.
 */
export function stoppedAtExit(stop: () => void): () => void {
  const end = () => {
    process.off('exit', end);
    stop();
  };
  process.on('exit', end);
  if (!process.listeners('exit').includes(showCursor)) process.on('exit', showCursor);
  return end;
}

function showCursor(): void {
  if (process.stderr.isTTY) process.stderr.write('\x1b[?25h');
}

function barOf(share: number, cells: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * cells);
  return '█'.repeat(full) + '░'.repeat(cells - full);
}
