import { TestRunner } from 'vitest';
import { getFn, setFn } from 'vitest/suite';
import { openNotes } from './notes.js';

/** Slower tests are not repeated for each fault. */
const longest = 3000;

/** A fault that makes its code run so much more often than in the test without it never ends. */
const hitLimit = (hits) => 100 * hits + 1000;

// What the code that StrykerJS has instrumented reads and writes.
globalThis.__stryker__ ??= {};
const faults = globalThis.__stryker__;
faults.mutantCoverage ??= { static: {}, perTest: {} };

/** Runs each test, and then again with each fault whose code it has reached: see tryInProcess.js. */
export default class FaultyRunner extends TestRunner {
  notes = openNotes(process.env.NORMLAB_MUTANTS_FOLDER);
  dead = this.notes.dead();
  tried = this.notes.tried();
  unrepeatable = this.notes.unrepeatable();

  onCollected(files) {
    this.notes.load(Object.keys(faults.mutantCoverage.static));
    for (const test of files.flatMap(testsIn)) {
      const run = getFn(test);
      if (run !== undefined) setFn(test, () => this.tryFaults(test, run));
    }
  }

  async tryFaults(test, run) {
    const began = performance.now();
    faults.currentTestId = test.id;
    try {
      await run();
    } finally {
      faults.currentTestId = undefined;
    }
    const hits = faults.mutantCoverage.perTest[test.id] ?? {};
    this.notes.reach(Object.keys(hits));
    if (performance.now() - began > longest || this.unrepeatable.has(test.id)) return;
    const left = Object.entries(hits).filter(
      ([id]) => !this.dead.has(id) && !this.tried.has(`${id} ${test.id}`),
    );
    if (left.length > 0 && (await this.errorOf(test, run, undefined, undefined)) !== undefined) {
      // It would fail with every fault. The file starts again, without its repetition.
      this.notes.cannotRepeat(test.id);
      process.exit(1);
    }
    for (const [id, count] of left) {
      if (this.dead.has(id)) continue;
      this.notes.trying(id, test.id);
      const seen = await this.errorOf(test, run, id, hitLimit(count));
      if (seen === undefined) continue;
      const healthy = await this.errorOf(test, run, undefined, undefined);
      const status = /hit count limit|timed out/i.test(seen.message) ? 'Timeout' : 'Killed';
      this.dead.set(id, status);
      this.notes.died(id, status);
      // The fault has left something behind: the file starts again, without the faults that are dead.
      if (healthy !== undefined) process.exit(1);
    }
  }

  /** The error of a test with a fault, if it fails. */
  async errorOf(test, run, id, limit) {
    // Forgets the assertions of the run before.
    super.onBeforeTryTask(test);
    faults.activeMutant = id;
    faults.hitCount = id === undefined ? undefined : 0;
    faults.hitLimit = limit;
    try {
      await run();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      faults.activeMutant = undefined;
      faults.hitCount = undefined;
      if (test.result !== undefined) Object.assign(test.result, { errors: undefined, state: 'run' });
    }
  }
}

function testsIn(task) {
  return task.type === 'test' ? [task] : (task.tasks ?? []).flatMap(testsIn);
}
