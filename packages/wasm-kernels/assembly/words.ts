/**
 * Every kernel is `kernel(words, task, scratch)`: the 32-bit words that describe the job, which of its tasks
 * to do, and memory that belongs to the calling thread for as long as the task runs. Tasks of one job may
 * run in any order and at the same time: no two write to the same place, and none reads what another writes.
 */

/** Bytes in a float, and in a vector of four. */
export const FLOAT: usize = 4;
export const VECTOR: usize = 16;

/** A word of the job's description as a count. */
// @ts-ignore: decorator
@inline
export function count(words: usize, index: usize): i32 {
  return load<i32>(words + (index << 2));
}

/** A word of the job's description as an address or a length in bytes. */
// @ts-ignore: decorator
@inline
export function bytes(words: usize, index: usize): usize {
  return load<u32>(words + (index << 2));
}

/** A word of the job's description as a float. */
// @ts-ignore: decorator
@inline
export function real(words: usize, index: usize): f32 {
  return load<f32>(words + (index << 2));
}

/**
 * The next odd number of cache lines, in bytes.
 *
 * Arrays that are written side by side must not lie a multiple of 4096 bytes apart: they would share one set of the
 * first cache, and drive each other out of it. An odd number of lines keeps 64 of them apart.
 */
export function oddLines(length: usize): usize {
  return (((length + 63) >> 6) | 1) << 6;
}
