/**
 * A kernel is a function `kernel(job, task, scratch)`: the record that describes the job, the index of the task to do,
 * and memory that belongs to the calling thread while the task runs. Tasks of one job may run in any order and at the
 * same time: no two write to the same place, and none reads what another writes.
 *
 * A job's record is an unmanaged class; the compiler reads its fields at constant offsets. The build asks the compiler
 * for the names, types and offsets (`scripts/jobLayouts.js`), so the host has no separate list: it sets every field by
 * its name. Types: `usize` an address or a length in bytes, `i32`, `f32`, `bool`, an enumeration, or a {@link List}.
 */

/** Bytes in a float, and in a vector of four. */
export const FLOAT: usize = 4;
export const VECTOR: usize = 16;

/** The number of records, followed by the records, all of one class, each aligned to a word. */
@unmanaged
export class List<T> {
  length: i32;

  // @ts-ignore: decorator
  @inline
  at(index: i32): T {
    const bytes = (offsetof<T>() + 3) & ~3;
    return changetype<T>(changetype<usize>(this) + FLOAT + <usize>index * bytes);
  }
}

/**
 * The next odd number of cache lines, in bytes.
 *
 * Arrays that are written at the same time must not be a multiple of 4096 bytes apart: they would share one set of the
 * first-level cache, and evict each other. An odd number of lines keeps 64 of them apart.
 */
export function oddLines(length: usize): usize {
  return (((length + 63) >> 6) | 1) << 6;
}
