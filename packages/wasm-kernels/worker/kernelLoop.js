/**
 * One thread of our kernels: it sleeps until a job begins, takes tasks until none is left, and sleeps again.
 *
 * Workers of every platform run this text behind a line of their own, which calls it: src/runtime/workers.ts.
 * The words of `control` and the meaning of a claim stand in src/runtime/threads.ts.
 */
// biome-ignore lint/correctness/noUnusedVariables: the line that follows it calls it.
function serve({ module, memory, control, claim, words, kernelNames, thread }, whenReady) {
  const { exports: kernels } = new WebAssembly.Instance(module, { env: { memory } });

  /**
   * Milliseconds for which a thread looks for the next job before it sleeps: the jobs of a training step come in rows,
   * some tens of microseconds apart, and to wake a thread takes longer than many of them.
   */
  const patience = 1;

  function takeTasks() {
    for (;;) {
      const current = Atomics.load(claim, 0);
      const task = Number(current & 0xffffffffn);
      if (task >= Atomics.load(control, words.tasks)) return;
      const kernel = kernels[kernelNames[Atomics.load(control, words.kernel)]];
      const job = Atomics.load(control, words.job) >>> 0;
      const stride = Atomics.load(control, words.scratchStride) >>> 0;
      const scratch = (Atomics.load(control, words.scratch) >>> 0) + thread * stride;
      if (Atomics.compareExchange(claim, 0, current, current + 1n) !== current) continue;
      try {
        kernel(job, task, scratch);
      } catch {
        Atomics.store(control, words.failed, 1);
      }
      const tasks = Atomics.load(control, words.tasks);
      if (Atomics.add(control, words.done, 1) + 1 === tasks) Atomics.notify(control, words.done);
    }
  }

  /** Whether the signal changed from `seen` before patience ran out. */
  function looksForSignal(seen) {
    const end = performance.now() + patience;
    do {
      for (let i = 0; i < 100; i++) if (Atomics.load(control, words.signal) !== seen) return true;
    } while (performance.now() < end);
    return false;
  }

  whenReady?.();
  let seen = 0;
  while (Atomics.load(control, words.closed) === 0) {
    takeTasks();
    if (!looksForSignal(seen)) Atomics.wait(control, words.signal, seen);
    seen = Atomics.load(control, words.signal);
  }
}
