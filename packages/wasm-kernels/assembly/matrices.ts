import { gridGemm } from './gridGemm';
import { bytes, count } from './words';

/** Rows of the left matrix that make a task. */
const ROWS: i32 = 32;

/** C = A·B with A [M, K] in rows and B [K, N] in panels. Words: 0 A, 1 B, 2 C, 3 M, 4 K, 5 N. */
export function multiplyRows(words: usize, task: i32, scratch: usize): void {
  const rowBytes = <usize>count(words, 4) << 2;
  const targetBytes = <usize>count(words, 5) << 2;
  const first = task * ROWS;
  const rows = min(ROWS, count(words, 3) - first);
  gridGemm(
    bytes(words, 0) + <usize>first * rowBytes, rowBytes, 0, rows, 1,
    1, rowBytes, rowBytes,
    bytes(words, 1), count(words, 5),
    bytes(words, 2) + <usize>first * targetBytes, targetBytes, 0,
    scratch,
  );
}

/** Aᵀ of A [K, M]. Words: 0 A, 1 target, 2 K, 3 M. A task is 32 rows of Aᵀ. */
export function transposeRows(words: usize, task: i32, scratch: usize): void {
  const depth = count(words, 2);
  const all = count(words, 3);
  const first = task * ROWS;
  const rows = min(ROWS, all - first);
  const step = <usize>all << 2;
  const targetStep = <usize>depth << 2;
  const target = bytes(words, 1) + <usize>first * targetStep;
  let from = bytes(words, 0) + (<usize>first << 2);
  for (let k: usize = 0; k < <usize>depth << 2; k += 4) {
    let to = target + k;
    for (let row: usize = 0; row < <usize>rows << 2; row += 4) {
      store<f32>(to, load<f32>(from + row));
      to += targetStep;
    }
    from += step;
  }
}
