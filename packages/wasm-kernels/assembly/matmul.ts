import { gridGemm } from './gridGemm';

/** Rows of the left matrix per task. */
const ROWS: i32 = 32;

@unmanaged
class MatmulJob {
  a: usize;
  /** B in panels of 8 columns: see pack_panels. */
  bPanels: usize;
  c: usize;
  rows: i32;
  depth: i32;
  columns: i32;
}

/** C = A·B with A [rows, depth] and B [depth, columns]. A task is 32 rows. */
export function matmul(job: MatmulJob, task: i32, scratch: usize): void {
  const rowBytes = <usize>job.depth << 2;
  const targetBytes = <usize>job.columns << 2;
  const first = task * ROWS;
  const rows = min(ROWS, job.rows - first);
  gridGemm(
    job.a + <usize>first * rowBytes, rowBytes, 0, rows, 1,
    1, rowBytes, rowBytes,
    job.bPanels, job.columns,
    job.c + <usize>first * targetBytes, targetBytes, 0,
    scratch,
  );
}

@unmanaged
class TransposeJob {
  /** [depth, rows] */
  a: usize;
  target: usize;
  depth: i32;
  rows: i32;
}

/** Aᵀ. A task is 32 rows of Aᵀ. */
export function transpose(job: TransposeJob, task: i32, scratch: usize): void {
  const depth = job.depth;
  const all = job.rows;
  const first = task * ROWS;
  const rows = min(ROWS, all - first);
  const step = <usize>all << 2;
  const targetStep = <usize>depth << 2;
  const target = job.target + <usize>first * targetStep;
  let from = job.a + (<usize>first << 2);
  for (let k: usize = 0; k < <usize>depth << 2; k += 4) {
    let to = target + k;
    for (let row: usize = 0; row < <usize>rows << 2; row += 4) {
      store<f32>(to, load<f32>(from + row));
      to += targetStep;
    }
    from += step;
  }
}
