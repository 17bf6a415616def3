import { printable } from '@normlab/errors';
import stringWidth from 'string-width';
import { fold } from './fold.js';

type Row = readonly (string | number)[];

/** A title gets no narrower than this, or than it is. */
const leastTitle = 5;
/** Texts are folded to this width first, */
const wideText = 24;
/** and at last to this one. */
const leastText = 12;

/**
 * Rows as aligned text: the header, a rule, one line per row; numbers are right-aligned. A line feed in a name is
 * escaped as `\\u000a`.
 *
 * A table that is wider than `columns` has its long texts folded, then its gaps narrowed, then its titles folded, then all
 * texts, but never a number; so a table of many numbers may stay wider.
 *
 * @example
 * ```ts
 * table(['class', 'images'], [['cat', 12]], Infinity); // 'class  images\n-----  ------\ncat        12'
 * ```
 */
export function table(header: readonly string[], rows: readonly Row[], columns: number): string {
  const titles = header.map(printable);
  const cells = rows.map((row) => row.map(text));
  const isNumeric = header.map((_, column) => rows.length > 0 && rows.every((row) => isNumber(row[column])));
  const { widths, gap } = layout(titles, cells, isNumeric, columns);
  const lines = (row: readonly string[]) => {
    const folded = row.map((cell, column) => fold(cell, widths[column]!));
    return Array.from({ length: Math.max(...folded.map(({ length }) => length)) }, (_, index) =>
      folded
        .map((parts, column) => aligned(parts[index] ?? '', widths[column]!, isNumeric[column]!))
        .join(gap)
        .trimEnd(),
    );
  };
  const rule = widths.map((width) => '-'.repeat(width)).join(gap);
  return [...lines(titles), rule, ...cells.flatMap(lines)].join('\n');
}

/** The width of a table of which only the titles are folded. */
export function leastWidth(header: readonly string[], rows: readonly Row[]): number {
  const titles = header.map(printable);
  const cells = rows.map((row) => row.map(text));
  return sumOf(foldedTitles(titles, cells)) + titles.length - 1;
}

function layout(
  titles: readonly string[],
  cells: readonly (readonly string[])[],
  isNumeric: readonly boolean[],
  columns: number,
): { widths: number[]; gap: string } {
  const bodies = foldedTitles(titles, cells);
  const whole = titles.map((title, column) => Math.max(stringWidth(title), bodies[column]!));
  const foldedTo = (widths: readonly number[], least: number) =>
    widths.map((width, column) => (isNumeric[column] ? width : Math.min(width, least)));
  const room = (gap: number) => columns - gap * (titles.length - 1);
  let widths = narrowed(whole, foldedTo(whole, wideText), room(2));
  if (sumOf(widths) <= room(2)) return { widths, gap: '  ' };
  for (const least of [bodies, foldedTo(bodies, leastText)])
    widths = narrowed(
      widths,
      least.map((width, column) => Math.min(width, widths[column]!)),
      room(1),
    );
  return { widths, gap: ' ' };
}

/** Takes from the widest column that may still get narrower, until they fit the room. */
function narrowed(widths: readonly number[], least: readonly number[], room: number): number[] {
  const result = [...widths];
  for (let excess = sumOf(widths) - room; excess > 0; excess--) {
    const foldable = result.map((width, column) => (width > least[column]! ? width : 0));
    const most = Math.max(...foldable);
    if (most === 0) break;
    result[foldable.indexOf(most)]! -= 1;
  }
  return result;
}

/** Widths that hold all cells, and titles as far as these are not folded. */
function foldedTitles(titles: readonly string[], cells: readonly (readonly string[])[]): number[] {
  return titles.map((title, column) =>
    Math.max(1, Math.min(stringWidth(title), leastTitle), widest(cells, column)),
  );
}

function widest(cells: readonly (readonly string[])[], column: number): number {
  return Math.max(0, ...cells.map((row) => stringWidth(row[column] ?? '')));
}

function aligned(text: string, width: number, isNumeric: boolean): string {
  const room = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return isNumeric ? room + text : text + room;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

/** A dash represents a missing number. */
function isNumber(cell: string | number | undefined): boolean {
  return typeof cell === 'number' || /^(\d[\d.,]*|–)$/.test(cell ?? '');
}

function text(cell: string | number): string {
  return typeof cell === 'number' ? cell.toLocaleString('en', { maximumFractionDigits: 4 }) : printable(cell);
}
