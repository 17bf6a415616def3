/** Runs up to this length are copied here with vectors; longer runs by the engine. */
const SHORT: usize = 512;

@unmanaged
class CopyBoxJob {
  /** The address at which the box begins. */
  source: usize;
  target: usize;
  /** Bytes from one index of the outer axis to the next one. */
  outerStep: usize;
  middle: i32;
  middleStep: usize;
  inner: i32;
  innerStep: usize;
  /** Bytes of a run, a multiple of 4. */
  runBytes: usize;
}

/**
 * Copies a box from an array of rank 4 whose last axis is the bytes of a run.
 *
 * A task is an index of the outer axis.
 */
export function copy_box(job: CopyBoxJob, task: i32, scratch: usize): void {
  const middle = job.middle;
  const inner = job.inner;
  const innerStep = job.innerStep;
  const run = job.runBytes;
  let line = job.source + <usize>task * job.outerStep;
  let to = job.target + <usize>(task * middle * inner) * run;
  for (let i = 0; i < middle; i++) {
    let from = line;
    for (let j = 0; j < inner; j++) {
      if (run > SHORT) {
        memory.copy(to, from, run);
      } else {
        let at: usize = 0;
        for (; at + 16 <= run; at += 16) v128.store(to + at, v128.load(from + at));
        for (; at < run; at += 4) store<u32>(to + at, load<u32>(from + at));
      }
      from += innerStep;
      to += run;
    }
    line += job.middleStep;
  }
}
