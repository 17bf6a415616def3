import { printable } from '@normlab/errors';

/** Where a command's words go; control characters in them, as names may have, are written out (`\\u001b`). */
export type Terminal = {
  /** The result that was asked for, to stdout. */
  result(text: string): void;
  /** Words for people: stdout, or stderr where stdout is kept for one JSON document. */
  say(text: string): void;
  /** A warning, to stderr. */
  warn(text: string): void;
  /** Whether a person watches: both streams are terminals, of a kind that can move its cursor (`TERM` is not dumb). */
  readonly watched: boolean;
  /** Whether stdout is kept for one JSON document. */
  readonly json: boolean;
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
  };
}

/** A text of any number of lines that does nothing to a terminal: see {@link printable}. */
export function harmless(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
