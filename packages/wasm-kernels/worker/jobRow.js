/**
 * The row of jobs as one of its threads sees it: its tasks are done by every thread that shares the row, jobs one after
 * another, the tasks of a job at the same time.
 *
 * `control` is 32-bit words in shared memory, and `words` says where each lies (src/runtime/threads.ts). Jobs are
 * numbered from 0, modulo 2³²; job n has the slot n modulo the number of slots, until it is done. The first job that
 * is not done is the open one: only its tasks may be taken. A job is opened when it is published and all before it are
 * done. The thread that publishes it and the one that ends the job before it both check this, and `job` in its slot
 * decides which of them opens it.
 *
 * The tasks of a job are divided among the threads in ranges of neighbours, as equal as they can be. A thread does those
 * of its own range first, then some of others' ranges: so it mostly works on what it has just written itself, in the job
 * before, since tasks of most kernels are neighbours where their data are. Between cores without a common cache, a word
 * goes there and back in .4 µs instead of .1 (npm run bench).
 *
 * `left` is how many tasks of a range nobody has taken. It sinks to 0 or below, and stays there until the next job of the
 * slot is opened. So whoever decreases it from above 0 has tasks of an open job, whose other words then cannot change
 * before these are done: also a thread that slept in between, while the slot got another job.
 *
 * A job is opened from the first range to the last, which is never empty: so the job cannot end, and its slot cannot be
 * opened anew, before all ranges are written.
 *
 * The program's own thread is one of them, so this text stands in generated/threads.js as a function too.
 */
// biome-ignore lint/correctness/noUnusedVariables: kernelLoop.js calls it, and src/runtime/threads.ts.
function jobRow({ control, words, kernels, thread, threads }) {
  const slotOf = (job) => words.slots + (job & (words.slotCount - 1)) * words.slotWords;
  const word = (place) => Atomics.load(control, place);
  const leftOf = (slot, owner) => slot + words.left + owner * words.leftWords;
  /** The first task of the range of thread `owner`; for the number of threads, the number of tasks. */
  const rangeStart = (owner, tasks) => Math.floor((owner * tasks) / threads);

  function open(job) {
    const slot = slotOf(job);
    // The complement of the number marks the slot as opened.
    if (Atomics.compareExchange(control, slot + words.job, job, ~job) !== job) return;
    const tasks = word(slot + words.tasks);
    for (let owner = 0; owner < threads; owner++)
      Atomics.store(control, leftOf(slot, owner), rangeStart(owner + 1, tasks) - rangeStart(owner, tasks));
    Atomics.add(control, words.signal, 1);
    if (word(words.sleepers) > 0) Atomics.notify(control, words.signal);
  }

  function end() {
    const next = (Atomics.add(control, words.done, 1) + 1) | 0;
    if (word(words.isAwaited) === 1) Atomics.notify(control, words.done);
    if (((word(words.published) - next) | 0) > 0) open(next);
  }

  /** Does a part of what is left of a range, at least one task; returns the number of tasks, 0 if it finds none. */
  function doSome(slot, owner) {
    const part = Math.ceil(word(leftOf(slot, owner)) / 4);
    if (part <= 0) return 0;
    const left = Atomics.sub(control, leftOf(slot, owner), part);
    if (left <= 0) return 0;
    const taken = Math.min(part, left);
    const kernel = word(slot + words.kernel);
    const record = word(slot + words.record) >>> 0;
    const scratch = (word(slot + words.scratch) >>> 0) + thread * (word(slot + words.scratchStride) >>> 0);
    const first = rangeStart(owner + 1, word(slot + words.tasks)) - left;
    for (let task = first; task < first + taken; task++) {
      try {
        kernels[kernel](record, task, scratch);
      } catch {
        Atomics.store(control, words.failed, kernel + 1);
      }
    }
    return taken;
  }

  function report(slot, count) {
    const tasks = word(slot + words.tasks);
    if (Atomics.add(control, slot + words.ended, count) + count === tasks) end();
  }

  return {
    /** Publishes the next job, whose slot is free. */
    publish(job, { kernel, record, tasks, scratch, scratchStride }) {
      const slot = slotOf(job);
      Atomics.store(control, slot + words.kernel, kernel);
      Atomics.store(control, slot + words.record, record);
      Atomics.store(control, slot + words.tasks, tasks);
      Atomics.store(control, slot + words.scratch, scratch);
      Atomics.store(control, slot + words.scratchStride, scratchStride);
      Atomics.store(control, slot + words.ended, 0);
      Atomics.store(control, slot + words.job, job);
      Atomics.store(control, words.published, (job + 1) | 0);
      if (((word(words.done) - job) | 0) >= 0) open(job);
    },

    /**
     * Does tasks of the open job: all that are left of this thread's range, or else a part of another's; false if it
     * finds none, also where another thread has just ended the job.
     */
    takeTasks() {
      const slot = slotOf(word(words.done));
      let own = 0;
      for (let more = doSome(slot, thread); more > 0; more = doSome(slot, thread)) own += more;
      if (own > 0) {
        report(slot, own);
        return true;
      }
      for (let i = 1; i < threads; i++) {
        const others = doSome(slot, (thread + i) % threads);
        if (others === 0) continue;
        report(slot, others);
        return true;
      }
      return false;
    },
  };
}
