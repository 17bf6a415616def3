import { Kind, lengthFrom, lengthTo, line } from './winogradLines';
import { VECTOR } from './words';

/** Bytes of a tile halfway through a transform, at most. */
export const HALFWAY: usize = 64 * VECTOR;

/**
 * M t Mᵀ for `count` tiles t of 4 channels each, where M is the matrix of a kind.
 *
 * Vector (y, x) of tile i lies at from + i·fromNext + y·fromRow + x·fromColumn; `halfway` is memory of `HALFWAY` bytes.
 */
export function transform(
  kind: i32,
  count: i32,
  from: usize,
  fromNext: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toNext: usize,
  toRow: usize,
  toColumn: usize,
): void {
  switch (kind) {
    case Kind.input4: return input4(count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Kind.filter4: return filter4(count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Kind.output4: return output4(count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Kind.gradient4: return gradient4(count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Kind.filterGradient4: return filterGradient4(count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Kind.input6: return input6(count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Kind.filter6: return filter6(count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Kind.output6: return output6(count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Kind.gradient6: return gradient6(count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Kind.filterGradient6: return filterGradient6(count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Kind.inputStrided: return inputStrided(count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Kind.filterStrided: return filterStrided(count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Kind.outputStrided: return outputStrided(count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Kind.gradientStrided: return gradientStrided(count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Kind.filterGradientStrided: return filterGradientStrided(count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Kind.inputSpread: return inputSpread(count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Kind.outputSpread: return outputSpread(count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
  }
}

/** The columns first, then the rows of what came of them. */
// @ts-ignore: decorator
@inline
function square(
  kind: i32,
  count: i32,
  from: usize,
  fromNext: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toNext: usize,
  toRow: usize,
  toColumn: usize,
): void {
  const rowBytes = <usize>lengthFrom(kind) * VECTOR;
  const lastColumn = halfway + rowBytes;
  const lastRow = halfway + <usize>lengthTo(kind) * rowBytes;
  for (let i = 0; i < count; i++) {
    let pixel = from;
    let column = halfway;
    while (column < lastColumn) {
      line(kind, pixel, fromRow, column, rowBytes);
      pixel += fromColumn;
      column += VECTOR;
    }
    let value = to;
    let row = halfway;
    while (row < lastRow) {
      line(kind, row, VECTOR, value, toColumn);
      value += toRow;
      row += rowBytes;
    }
    from += fromNext;
    to += toNext;
  }
}

// One function for each kind, so that the compiler knows it.
function input4(
  count: i32,
  from: usize,
  fromNext: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toNext: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.input4, count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
}

function filter4(
  count: i32,
  from: usize,
  fromNext: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toNext: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.filter4, count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
}

function output4(
  count: i32,
  from: usize,
  fromNext: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toNext: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.output4, count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
}

function gradient4(
  count: i32,
  from: usize,
  fromNext: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toNext: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.gradient4, count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
}

function filterGradient4(
  count: i32,
  from: usize,
  fromNext: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toNext: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.filterGradient4, count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
}

function input6(
  count: i32,
  from: usize,
  fromNext: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toNext: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.input6, count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
}

function filter6(
  count: i32,
  from: usize,
  fromNext: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toNext: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.filter6, count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
}

function output6(
  count: i32,
  from: usize,
  fromNext: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toNext: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.output6, count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
}

function gradient6(
  count: i32,
  from: usize,
  fromNext: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toNext: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.gradient6, count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
}

function filterGradient6(
  count: i32,
  from: usize,
  fromNext: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toNext: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.filterGradient6, count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
}

function inputStrided(
  count: i32,
  from: usize,
  fromNext: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toNext: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.inputStrided, count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
}

function filterStrided(
  count: i32,
  from: usize,
  fromNext: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toNext: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.filterStrided, count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
}

function outputStrided(
  count: i32,
  from: usize,
  fromNext: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toNext: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.outputStrided, count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
}

function gradientStrided(
  count: i32,
  from: usize,
  fromNext: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toNext: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.gradientStrided, count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
}

function filterGradientStrided(
  count: i32,
  from: usize,
  fromNext: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toNext: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.filterGradientStrided, count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
}

function inputSpread(
  count: i32,
  from: usize,
  fromNext: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toNext: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.inputSpread, count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
}

function outputSpread(
  count: i32,
  from: usize,
  fromNext: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toNext: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.outputSpread, count, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
}
