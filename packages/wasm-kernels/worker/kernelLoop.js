/**
 * One thread of our kernels: it takes tasks of the row of jobs until none is left, and sleeps until a job is opened.
 *
 * Workers of every platform run this text, behind that of jobRow.js and before a line of their own, which calls it:
 * src/runtime/workers.ts.
 */
// biome-ignore lint/correctness/noUnusedVariables: the line that follows it calls it.
function serve({ module, memory, control, words, kernelNames, thread, threads }, whenReady) {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = kernelNames.map((name) => exports[name]);
  const row = jobRow({ control, words, kernels, thread, threads });

  /**
   * Milliseconds for which a thread looks for the next job before it sleeps: the jobs of a training step come in rows,
   * some tens of microseconds apart, and to wake a thread takes longer than many of them.
   */
  const patience = 1;

  /** Whether the signal changed from `seen` before patience ran out. */
  function looksForSignal(seen) {
    const end = performance.now() + patience;
    do {
      for (let i = 0; i < 100; i++) if (Atomics.load(control, words.signal) !== seen) return true;
    } while (performance.now() < end);
    return false;
  }

  whenReady?.();
  while (Atomics.load(control, words.closed) === 0) {
    // Read first: a job that is opened after the look for tasks has changed it.
    const seen = Atomics.load(control, words.signal);
    if (row.takeTasks() || looksForSignal(seen)) continue;
    Atomics.add(control, words.sleepers, 1);
    Atomics.wait(control, words.signal, seen);
    Atomics.sub(control, words.sleepers, 1);
  }
}
