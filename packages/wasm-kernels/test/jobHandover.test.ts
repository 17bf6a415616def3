import asc from 'assemblyscript/asc';
import { afterEach, expect, it, vi } from 'vitest';
import { type SharedJob, startThreads, words } from '../src/runtime/threads.js';
import { webAssembly } from '../src/runtime/webAssembly.js';
import { nodeWorkerText } from '../src/runtime/workers.js';

type Taken = {
  readonly kernel: string;
  readonly job: number;
  readonly task: number;
  readonly scratch: number;
};

const kernelNames = ['first', 'second'];

/** One look of a worker for tasks, as its own text has it, on this thread: so a test says when it comes. */
function look(block: SharedArrayBuffer, taken: Taken[]): void {
  const workerData = {
    control: new Int32Array(block),
    claim: new BigInt64Array(block, 0, 1),
    ...{ words, kernelNames, thread: 1 },
  };
  const exports = Object.fromEntries(
    kernelNames.map((kernel) => [
      kernel,
      (job: number, task: number, scratch: number) => taken.push({ kernel, job, task, scratch }),
    ]),
  );
  let rounds = 0;
  const atomics = {
    ...{ compareExchange: Atomics.compareExchange, add: Atomics.add, notify: Atomics.notify },
    load: (array: Int32Array, place: number) =>
      array instanceof Int32Array && place === words.closed ? rounds++ : Atomics.load(array, place),
    wait: () => 'ok',
  };
  class Instance {
    readonly exports = exports;
  }
  const play = new Function('require', 'Atomics', 'WebAssembly', 'performance', nodeWorkerText);
  play(() => ({ workerData }), atomics, { Instance }, { now: () => rounds++ });
}

const store = Atomics.store;

afterEach(() => vi.restoreAllMocks());

it('a worker that looks at any moment of a handover takes tasks of the new job only, and each is done once', async () => {
  // An empty module: what its kernels would do, the worker played here notes.
  const module = await webAssembly.compile(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  const memory = new webAssembly.Memory({ initial: 1 });
  const threads = (await startThreads(module, memory, kernelNames, 1))!;
  const jobs: SharedJob[] = [
    { kernel: 0, job: 64, tasks: 2, scratch: 1024, scratchStride: 64 },
    { kernel: 1, job: 128, tasks: 5, scratch: 2048, scratchStride: 128 },
    { kernel: 0, job: 192, tasks: 1, scratch: 4096, scratchStride: 64 },
    { kernel: 1, job: 256, tasks: 9, scratch: 8192, scratchStride: 192 },
  ];
  // Of all stores that hand a job over, the one after which the worker looks; the last one publishes the claim.
  let took = 0;
  for (let moment = 0; moment < 8; moment++) {
    for (const job of jobs) {
      const kernel = kernelNames[job.kernel]!;
      const theirs: Taken[] = [];
      const ours: number[] = [];
      let stores = 0;
      vi.spyOn(Atomics, 'store').mockImplementation((...given) => {
        const stored = store(...given);
        const { buffer } = given[0];
        if (stores++ === moment && buffer instanceof SharedArrayBuffer) look(buffer, theirs);
        return stored;
      });
      threads.run(job, (task) => ours.push(task));
      vi.restoreAllMocks();
      for (const { task, ...of } of theirs) {
        expect(of, `task ${task}`).toEqual({
          kernel,
          job: job.job,
          scratch: job.scratch + job.scratchStride,
        });
      }
      const tasks = [...ours, ...theirs.map(({ task }) => task)].sort((a, b) => a - b);
      expect(tasks).toEqual(Array.from({ length: job.tasks }, (_, task) => task));
      took += theirs.length;
    }
  }
  expect(took).toBeGreaterThan(0);
  await threads.close();
});

/** A kernel whose task ends when as many tasks as `job` says have begun: so many threads must be at work at once. */
const meeting = `export function meet(job: i32, task: i32, scratch: i32): void {
  atomic.add<i32>(0, 1);
  while (atomic.load<i32>(0) < job) {}
}`;

it.each([2, 3, 5])('%i threads are at work at the same time', async (count) => {
  const { binary } = await asc.compileString(meeting, {
    ...{ enable: ['threads'], importMemory: true, sharedMemory: true },
    ...{ initialMemory: 1, maximumMemory: 1, runtime: 'stub', memoryBase: 64 },
  });
  const memory = new webAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const begun = new Int32Array(memory.buffer);
  const threads = (await startThreads(await webAssembly.compile(binary!), memory, ['meet'], count))!;
  const job = { kernel: 0, job: count, tasks: count, scratch: 0, scratchStride: 0 };
  threads.run(job, () => {
    Atomics.add(begun, 0, 1);
    // Fails rather than waits for ever, if a thread never comes.
    const end = performance.now() + 60_000;
    while (Atomics.load(begun, 0) < count) if (performance.now() > end) throw new Error('alone');
  });
  expect(Atomics.load(begun, 0)).toBe(count);
  await threads.close();
});
