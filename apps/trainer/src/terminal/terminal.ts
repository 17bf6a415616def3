import { printable } from '@normlab/errors';

/** The output of a command; control characters, which names may contain, are escaped (`\\u001b`). */
export type Terminal = {
  /** Prints the requested result to stdout. */
  result(text: string): void;
  /** Prints a message for people: to stdout, or to stderr if stdout is reserved for one JSON document. */
  say(text: string): void;
  /** Prints a warning to stderr. */
  warn(text: string): void;
  /** Whether both streams are terminals that can move the cursor (`TERM` is not dumb). */
  readonly watched: boolean;
  /** Whether stdout is reserved for one JSON document. */
  readonly json: boolean;
  /**
   * The columns that stdout has now: those of the terminal, or else of the variable `COLUMNS`; infinite without both, so
   * that a row of a table stays one line in files and pipes. A terminal that does not know its size says 0.
   */
  columns(): number;
};

/** The process's own streams. */
export function openTerminal({ json = false }: { json?: boolean } = {}): Terminal {
  const line = (stream: NodeJS.WriteStream) => (text: string) => {
    stream.write(`${harmless(text)}\n`);
  };
  return {
    result: line(process.stdout),
    say: line(json ? process.stderr : process.stdout),
    warn: line(process.stderr),
    watched: process.stdout.isTTY === true && process.stderr.isTTY === true && process.env.TERM !== 'dumb',
    json,
    columns: () => process.stdout.columns || columnsAsked(),
  };
}

function columnsAsked(): number {
  const { COLUMNS = '' } = process.env;
  return /^[1-9]\d*$/.test(COLUMNS) ? Number(COLUMNS) : Number.POSITIVE_INFINITY;
}

/** A text of any number of lines, safe to print on a terminal: see {@link printable}. */
export function harmless(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
