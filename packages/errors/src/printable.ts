/**
 * The text on one line, safe to print on a terminal: control characters (including line feeds and escapes), characters
 * that change the writing direction, and line and paragraph separators are escaped as in JSON, for example as `\u001b`.
 *
 * Strings in JSON text keep their value.
 *
 * @example
 * ```ts
 * printable('cat\u001b[2J'); // 'cat\\u001b[2J'
 * ```
 */
export function printable(text: string): string {
  return text.replace(harmful, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** All of these are below U+10000: one code unit each. */
const harmful = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/** The text cut in its middle to at most `most` code units, never inside a surrogate pair: a path keeps its end. */
export function cutMiddle(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  const tail = text.slice(text.length - (most - 1 - head)).replace(/^[\uDC00-\uDFFF]/, '');
  return `${text.slice(0, head).replace(loneHigh, '')}…${tail}`;
}

/** The text cut at its end to at most `most` code units, never inside a surrogate pair. */
export function cutEnd(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 3).replace(loneHigh, '')}...`;
}

const loneHigh = /[\uD800-\uDBFF]$/;
