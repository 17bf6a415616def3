/**
 * A text on one line that does nothing to a terminal: control characters (line feeds and escapes among them),
 * characters that turn the writing direction, and line and paragraph separators become `\u001b` and the like, as
 * JSON writes them.
 *
 * What JSON text holds between quotes keeps its value.
 *
 * @example
 * ```ts
 * printable('cat\u001b[2J'); // 'cat\\u001b[2J'
 * ```
 */
export function printable(text: string): string {
  return text.replace(harmful, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** All of these lie below U+10000: one code unit each. */
const harmful = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/** A text cut in its middle to at most so many code units, never inside a surrogate pair: a path keeps its end. */
export function cutMiddle(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  const tail = text.slice(text.length - (most - 1 - head)).replace(/^[\uDC00-\uDFFF]/, '');
  return `${text.slice(0, head).replace(loneHigh, '')}…${tail}`;
}

/** A text cut at its end to at most so many code units, never inside a surrogate pair. */
export function cutEnd(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 3).replace(loneHigh, '')}...`;
}

const loneHigh = /[\uD800-\uDBFF]$/;
