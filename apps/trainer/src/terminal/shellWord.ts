/** A text as one word of a POSIX shell, for pasting into a command line: in quotes if needed. */
export function shellWord(text: string): string {
  return /^[\p{L}\p{M}\p{N}_./:@%+,=-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
