import { bytes, count } from './words';

/** Runs up to this long are copied here, by vectors; longer ones by the engine. */
const SHORT: usize = 512;

/**
 * Copies a box out of an array of rank 4 whose last axis is bytes in a run.
 *
 * Words: 0 first byte of the box, 1 target, 2 outer count, 3 its step, 4 middle count, 5 its step, 6 inner count,
 * 7 its step, 8 bytes of a run (a multiple of 4). A task is an outer index.
 */
export function copyBox(words: usize, task: i32, scratch: usize): void {
  const middle = count(words, 4);
  const inner = count(words, 6);
  const innerStep = bytes(words, 7);
  const run = bytes(words, 8);
  let line = bytes(words, 0) + <usize>task * bytes(words, 3);
  let to = bytes(words, 1) + <usize>(task * middle * inner) * run;
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
    line += bytes(words, 5);
  }
}
