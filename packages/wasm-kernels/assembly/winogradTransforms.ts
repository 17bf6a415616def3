import { VECTOR } from './job';
import { IS_WIDE } from './wide';
import { Filter4, FilterGradient4, Gradient4, Input4, Output4 } from './winogradLines4';
import { Filter5, FilterGradient5, Gradient5, Output5 } from './winogradLines5';
import { Filter6, FilterGradient6, Gradient6, Input6, Output6 } from './winogradLines6';
import {
  FilterGradientStrided,
  FilterStrided,
  GradientStrided,
  InputSpread,
  InputStrided,
  OutputSpread,
  OutputStrided,
} from './winogradLinesStrided';

/** The largest size of a tile of eight channels halfway through a transform, in bytes. */
export const HALFWAY: usize = 2 * 64 * VECTOR;

/** The matrices, named after what they transform and for which tiles: see the classes of the same names. */
export const enum Transform {
  input4,
  filter4,
  output4,
  gradient4,
  filterGradient4,
  input6,
  filter6,
  output6,
  gradient6,
  filterGradient6,
  filter5,
  output5,
  gradient5,
  filterGradient5,
  inputStrided,
  filterStrided,
  outputStrided,
  gradientStrided,
  filterGradientStrided,
  inputSpread,
  outputSpread,
}

/**
 * M t Mᵀ for `count` tiles t, where M is the matrix of a kind. A tile has 4 or 8 channels: `width` is the size of a vector,
 * or of two.
 *
 * Pixel (y, x) of tile i lies at from + i·fromNext + y·fromRow + x·fromColumn; `halfway` is memory of `HALFWAY` bytes.
 */
export function transform(
  kind: Transform,
  count: i32,
  width: usize,
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
    case Transform.input4: return square<Input4>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.filter4: return square<Filter4>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.output4: return square<Output4>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.gradient4: return square<Gradient4>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.filterGradient4: return square<FilterGradient4>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.input6: return square<Input6>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.filter6: return square<Filter6>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.output6: return square<Output6>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.gradient6: return square<Gradient6>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.filterGradient6: return square<FilterGradient6>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.filter5: return square<Filter5>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.output5: return square<Output5>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.gradient5: return square<Gradient5>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.filterGradient5: return square<FilterGradient5>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.inputStrided: return square<InputStrided>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.filterStrided: return square<FilterStrided>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.outputStrided: return square<OutputStrided>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.gradientStrided: return square<GradientStrided>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.filterGradientStrided: return square<FilterGradientStrided>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.inputSpread: return square<InputSpread>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
    case Transform.outputSpread: return square<OutputSpread>(count, width, from, fromNext, fromRow, fromColumn, halfway, to, toNext, toRow, toColumn);
  }
}

/** The columns first, then the rows of the result; one function per matrix, with its line program inlined. */
function square<Matrix>(
  count: i32,
  width: usize,
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
  const matrix = changetype<Matrix>(0);
  const isPair = IS_WIDE && width == 2 * VECTOR;
  const step = isPair ? 2 * VECTOR : VECTOR;
  const rowBytes = <usize>matrix.reads * step;
  const lastColumn = halfway + rowBytes;
  const lastRow = halfway + <usize>matrix.writes * rowBytes;
  for (let i = 0; i < count; i++) {
    for (let vector: usize = 0; vector < width; vector += step) {
      let pixel = from + vector;
      let column = halfway;
      while (column < lastColumn) {
        if (isPair) matrix.pair(pixel, fromRow, column, rowBytes);
        else matrix.line(pixel, fromRow, column, rowBytes);
        pixel += fromColumn;
        column += step;
      }
      let value = to + vector;
      let row = halfway;
      while (row < lastRow) {
        if (isPair) matrix.pair(row, step, value, toColumn);
        else matrix.line(row, step, value, toColumn);
        value += toRow;
        row += rowBytes;
      }
    }
    from += fromNext;
    to += toNext;
  }
}
