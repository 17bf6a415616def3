import { printable } from '@normlab/errors';

/**
 * Rows as aligned text: the header, a rule, one line per row; numbers are right-aligned. A line feed in a name is
 * escaped as `\\u000a`.
 *
 * @example
 * ```ts
 * table(['class', 'images'], [['cat', 12]]); // 'class  images\n-----  ------\ncat        12'
 * ```
 */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const titles = header.map(printable);
  const cells = rows.map((row) => row.map(text));
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const isNumeric = header.map((_, column) => rows.length > 0 && rows.every((row) => isNumber(row[column])));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        isNumeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return [line(titles), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

/** A dash represents a missing number. */
function isNumber(cell: string | number | undefined): boolean {
  return typeof cell === 'number' || /^(\d[\d.,]*|–)$/.test(cell ?? '');
}

function text(cell: string | number): string {
  return typeof cell === 'number' ? cell.toLocaleString('en', { maximumFractionDigits: 4 }) : printable(cell);
}
