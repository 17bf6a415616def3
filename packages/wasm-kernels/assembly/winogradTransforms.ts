import { Kind, lengthFrom, lengthTo, line } from './winogradLines';
import { VECTOR } from './words';

/** Bytes of a tile halfway through a transform, at most. */
export const HALFWAY: usize = 64 * VECTOR;

/**
 * M t Mᵀ for 4 channels of a tile t, where M is the matrix of a kind.
 *
 * Vector (y, x) of the tile lies at from + y·fromRow + x·fromColumn; `halfway` is memory of `HALFWAY` bytes.
 */
export function transform(
  kind: i32,
  from: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toRow: usize,
  toColumn: usize,
): void {
  switch (kind) {
    case Kind.input4: return input4(from, fromRow, fromColumn, halfway, to, toRow, toColumn);
    case Kind.filter4: return filter4(from, fromRow, fromColumn, halfway, to, toRow, toColumn);
    case Kind.output4: return output4(from, fromRow, fromColumn, halfway, to, toRow, toColumn);
    case Kind.gradient4: return gradient4(from, fromRow, fromColumn, halfway, to, toRow, toColumn);
    case Kind.filterGradient4: return filterGradient4(from, fromRow, fromColumn, halfway, to, toRow, toColumn);
    case Kind.input6: return input6(from, fromRow, fromColumn, halfway, to, toRow, toColumn);
    case Kind.filter6: return filter6(from, fromRow, fromColumn, halfway, to, toRow, toColumn);
    case Kind.output6: return output6(from, fromRow, fromColumn, halfway, to, toRow, toColumn);
    case Kind.gradient6: return gradient6(from, fromRow, fromColumn, halfway, to, toRow, toColumn);
    case Kind.filterGradient6: return filterGradient6(from, fromRow, fromColumn, halfway, to, toRow, toColumn);
    case Kind.inputStrided: return inputStrided(from, fromRow, fromColumn, halfway, to, toRow, toColumn);
    case Kind.filterStrided: return filterStrided(from, fromRow, fromColumn, halfway, to, toRow, toColumn);
    case Kind.outputStrided: return outputStrided(from, fromRow, fromColumn, halfway, to, toRow, toColumn);
    case Kind.gradientStrided: return gradientStrided(from, fromRow, fromColumn, halfway, to, toRow, toColumn);
    case Kind.filterGradientStrided: return filterGradientStrided(from, fromRow, fromColumn, halfway, to, toRow, toColumn);
    case Kind.inputSpread: return inputSpread(from, fromRow, fromColumn, halfway, to, toRow, toColumn);
    case Kind.outputSpread: return outputSpread(from, fromRow, fromColumn, halfway, to, toRow, toColumn);
  }
}

/** The columns first, then the rows of what came of them. */
// @ts-ignore: decorator
@inline
function square(
  kind: i32,
  from: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toRow: usize,
  toColumn: usize,
): void {
  const rowBytes = <usize>lengthFrom(kind) * VECTOR;
  let column = halfway;
  const lastColumn = halfway + rowBytes;
  while (column < lastColumn) {
    line(kind, from, fromRow, column, rowBytes);
    from += fromColumn;
    column += VECTOR;
  }
  let row = halfway;
  const lastRow = halfway + <usize>lengthTo(kind) * rowBytes;
  while (row < lastRow) {
    line(kind, row, VECTOR, to, toColumn);
    row += rowBytes;
    to += toRow;
  }
}

// One function for each kind, so that the compiler knows it.
function input4(
  from: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.input4, from, fromRow, fromColumn, halfway, to, toRow, toColumn);
}

function filter4(
  from: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.filter4, from, fromRow, fromColumn, halfway, to, toRow, toColumn);
}

function output4(
  from: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.output4, from, fromRow, fromColumn, halfway, to, toRow, toColumn);
}

function gradient4(
  from: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.gradient4, from, fromRow, fromColumn, halfway, to, toRow, toColumn);
}

function filterGradient4(
  from: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.filterGradient4, from, fromRow, fromColumn, halfway, to, toRow, toColumn);
}

function input6(
  from: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.input6, from, fromRow, fromColumn, halfway, to, toRow, toColumn);
}

function filter6(
  from: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.filter6, from, fromRow, fromColumn, halfway, to, toRow, toColumn);
}

function output6(
  from: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.output6, from, fromRow, fromColumn, halfway, to, toRow, toColumn);
}

function gradient6(
  from: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.gradient6, from, fromRow, fromColumn, halfway, to, toRow, toColumn);
}

function filterGradient6(
  from: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.filterGradient6, from, fromRow, fromColumn, halfway, to, toRow, toColumn);
}

function inputStrided(
  from: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.inputStrided, from, fromRow, fromColumn, halfway, to, toRow, toColumn);
}

function filterStrided(
  from: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.filterStrided, from, fromRow, fromColumn, halfway, to, toRow, toColumn);
}

function outputStrided(
  from: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.outputStrided, from, fromRow, fromColumn, halfway, to, toRow, toColumn);
}

function gradientStrided(
  from: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.gradientStrided, from, fromRow, fromColumn, halfway, to, toRow, toColumn);
}

function filterGradientStrided(
  from: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.filterGradientStrided, from, fromRow, fromColumn, halfway, to, toRow, toColumn);
}

function inputSpread(
  from: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.inputSpread, from, fromRow, fromColumn, halfway, to, toRow, toColumn);
}

function outputSpread(
  from: usize,
  fromRow: usize,
  fromColumn: usize,
  halfway: usize,
  to: usize,
  toRow: usize,
  toColumn: usize,
): void {
  square(Kind.outputSpread, from, fromRow, fromColumn, halfway, to, toRow, toColumn);
}
