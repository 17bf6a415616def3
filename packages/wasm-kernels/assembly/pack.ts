import { bytes, count, FLOAT, VECTOR } from './words';

/**
 * Copies one rectangle of a matrix into panels of 8 columns, missing columns as zeros.
 *
 * Element (k, column) of the rectangle lies at source + k·rowStep + column·columnStep; in panel j it goes to
 * target + j·panelStep + 32·k + 4·(column mod 8).
 *
 * A job has one task a rectangle; a rectangle is 2 words after the head: source, target.
 */
export function packPanels(words: usize, task: i32, scratch: usize): void {
  const rows = count(words, 0);
  const columns = count(words, 1);
  const rowStep = bytes(words, 2);
  const columnStep = bytes(words, 3);
  const rectangle = words + 16 + (<usize>task * 3) * 4;
  let source = bytes(rectangle, 0);
  let target = bytes(rectangle, 1);
  const panelStep = bytes(rectangle, 2);
  for (let column = 0; column < columns; column += 8) {
    const present = columns - column;
    let from = source;
    let to = target;
    if (present >= 8 && columnStep == FLOAT) {
      for (let k = 0; k < rows; k++) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, VECTOR), VECTOR);
        from += rowStep;
        to += 2 * VECTOR;
      }
    } else {
      for (let k = 0; k < rows; k++) {
        for (let lane = 0; lane < 8; lane++) {
          const value = lane < present ? load<f32>(from + <usize>lane * columnStep) : 0;
          store<f32>(to + (<usize>lane << 2), value);
        }
        from += rowStep;
        to += 2 * VECTOR;
      }
    }
    source += 8 * columnStep;
    target += panelStep;
  }
}
