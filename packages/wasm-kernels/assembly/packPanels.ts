import { FLOAT, List, VECTOR } from './job';

@unmanaged
class PackRectangle {
  source: usize;
  target: usize;
  panelStep: usize;
}

@unmanaged
class PackPanelsJob {
  rows: i32;
  columns: i32;
  rowStep: usize;
  columnStep: usize;
  rectangles: List<PackRectangle>;
}

/**
 * Copies one rectangle of a matrix into panels of 8 columns; missing columns become zeros.
 *
 * Element (k, column) of the rectangle is at source + k·rowStep + column·columnStep; in panel j it goes to
 * target + j·panelStep + 32·k + 4·(column mod 8). A task is a rectangle.
 */
export function pack_panels(job: PackPanelsJob, task: i32, scratch: usize): void {
  const rows = job.rows;
  const columns = job.columns;
  const rowStep = job.rowStep;
  const columnStep = job.columnStep;
  const rectangle = job.rectangles.at(task);
  let source = rectangle.source;
  let target = rectangle.target;
  const panelStep = rectangle.panelStep;
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
