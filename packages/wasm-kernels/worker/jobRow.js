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
 * `left` counts the tasks that nobody has taken down to 0 or below, and stays there until the next job of the slot is
 * opened. So whoever decreases it from above 0 has tasks of an open job, whose other words then cannot change before
 * these are done: also a thread that slept in between, while the slot got another job.
 *
 * A thread takes several tasks at once while many are left, because each change of a shared word makes others wait.
 *
 * The program's own thread is one of them, so this text stands in generated/threads.js as a function too.
 */
// biome-ignore lint/correctness/noUnusedVariables: kernelLoop.js calls it, and src/runtime/threads.ts.
function jobRow({ control, words, kernels, thread, threads }) {
  const slotOf = (job) => words.slots + (job & (words.slotCount - 1)) * words.slotWords;
  const word = (place) => Atomics.load(control, place);

  function open(job) {
    const slot = slotOf(job);
    // The complement of the number marks the slot as opened.
    if (Atomics.compareExchange(control, slot + words.job, job, ~job) !== job) return;
    Atomics.store(control, slot + words.left, word(slot + words.tasks));
    Atomics.add(control, words.signal, 1);
    if (word(words.sleepers) > 0) Atomics.notify(control, words.signal);
  }

  function end() {
    const next = (Atomics.add(control, words.done, 1) + 1) | 0;
    if (word(words.isAwaited) === 1) Atomics.notify(control, words.done);
    if (((word(words.published) - next) | 0) > 0) open(next);
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

    /** Does some tasks of the open job; false if it finds none, also where another thread has just ended the job. */
    takeTasks() {
      const slot = slotOf(word(words.done));
      const share = Math.ceil(word(slot + words.left) / (4 * threads));
      if (share <= 0) return false;
      const left = Atomics.sub(control, slot + words.left, share);
      if (left <= 0) return false;
      const taken = Math.min(share, left);
      const kernel = word(slot + words.kernel);
      const record = word(slot + words.record) >>> 0;
      const tasks = word(slot + words.tasks);
      const scratch = (word(slot + words.scratch) >>> 0) + thread * (word(slot + words.scratchStride) >>> 0);
      const first = tasks - left;
      for (let task = first; task < first + taken; task++) {
        try {
          kernels[kernel](record, task, scratch);
        } catch {
          Atomics.store(control, words.failed, kernel + 1);
        }
      }
      if (Atomics.add(control, slot + words.ended, taken) + taken === tasks) end();
      return true;
    },
  };
}
