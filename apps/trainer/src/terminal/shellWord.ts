/** A text as one word of a POSIX shell, to be pasted behind a command: in quotes where it needs them. */
export function shellWord(text: string): string {
  return /^[\p{L}\p{M}\p{N}_./:@%+,=-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
