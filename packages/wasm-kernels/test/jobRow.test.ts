import { setTimeout } from 'node:timers/promises';
import asc from 'assemblyscript/asc';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { jobRow, type SharedJob } from '#kernels';
import { newControl, startThreads, type Threads, words } from '../src/runtime/threads.js';
import { webAssembly } from '../src/runtime/webAssembly.js';

/** A task as a kernel saw it: which thread did it, and with what. */
type Taken = { readonly thread: number; readonly kernel: number; readonly record: number } & {
  readonly task: number;
  readonly scratch: number;
};

/** Threads of one row, all played by this thread: a test says when each comes. The first is the caller. */
function playedThreads(count: number) {
  const block = newControl(count);
  const taken: Taken[] = [];
  const threads = Array.from({ length: count }, (_, thread) => {
    const kernels = [0, 1].map(
      (kernel) => (record: number, task: number, scratch: number) =>
        void taken.push({ thread, kernel, record, task, scratch }),
    );
    return jobRow({ ...block, kernels, thread, threads: count });
  });
  return { ...block, taken, threads };
}

/** Job n: the record is its number, so that a test sees which tasks ran, and in which order. */
function jobOf(n: number): SharedJob {
  const tasks = [2, 19, 1][n % 3]!;
  return { kernel: n % 2, record: n, tasks, scratch: 1024 * (n + 1), scratchStride: tasks > 1 ? 64 + n : 0 };
}

/** Expects that each task of `count` jobs ran once, jobs one after another, with the thread's own scratch. */
function expectAllOf(count: number, taken: readonly Taken[], first = 0): void {
  const records = taken.map(({ record }) => record);
  expect(records).toEqual([...records].sort((a, b) => a - b));
  const expected = neighbours(first, first + count).flatMap((n) =>
    Array.from({ length: jobOf(n).tasks }, (_, task) => `${n} ${task}`),
  );
  expect(taken.map(({ record, task }) => `${record} ${task}`).sort()).toEqual(expected.sort());
  for (const { thread, kernel, record, scratch } of taken) {
    const job = jobOf(record);
    expect({ kernel, scratch }).toEqual({
      kernel: job.kernel,
      scratch: job.scratch + thread * job.scratchStride,
    });
  }
}

const neighbours = (first: number, end: number) => Array.from({ length: end - first }, (_, i) => first + i);

const operations = ['load', 'store', 'add', 'sub', 'compareExchange'] as const;

type Played = ReturnType<typeof jobRow>;

/** Runs `work`; just after its atomic operation number `moment`, `interruption` comes. Returns whether there was one. */
function interrupted(work: () => void, moment: number, interruption: () => void): boolean {
  let count = 0;
  let isInside = false;
  for (const name of operations) {
    const own = Atomics[name] as (...given: unknown[]) => unknown;
    vi.spyOn(Atomics, name).mockImplementation(((...given: unknown[]) => {
      const result = own(...given);
      if (!isInside && count++ === moment) {
        isInside = true;
        interruption();
        isInside = false;
      }
      return result;
    }) as never);
  }
  work();
  vi.restoreAllMocks();
  return count > moment;
}

afterEach(() => vi.restoreAllMocks());

/**
 * Four jobs from number `first` on by a caller; after its atomic operation number `moment`, another thread takes tasks,
 * `most` times at most. Returns how many tasks that thread did, undefined if the caller has fewer operations.
 */
function tasksOfSecond(first: number, moment: number, most: number): number | undefined {
  const { control, words, taken, threads } = playedThreads(2);
  control[words.done] = control[words.published] = first;
  const slots = Array.from({ length: words.slotCount }, (_, i) => words.slots + i * words.slotWords);
  // No slot is that of the first job before it is published.
  for (const slot of slots) control[slot + words.job] = first + words.slotCount;
  const [caller, other] = threads as [Played, Played];
  const work = () => {
    for (let n = 0; n < 4; n++) caller.publish((first + n) | 0, jobOf(n));
    // It may find nothing because the other thread has just ended the job: then it looks again.
    for (let looks = 0; looks < 200 && control[words.done] !== ((first + 4) | 0); looks++) caller.takeTasks();
  };
  const wasInterrupted = interrupted(work, moment, () => {
    for (let takes = 0; takes < most && other.takeTasks(); takes++);
  });
  expectAllOf(4, taken);
  expect((control[words.done]! - first) | 0).toBe(4);
  // A job that is opened twice has tasks left.
  for (const slot of slots)
    for (const owner of [0, 1])
      expect(control[slot + words.left + owner * words.leftWords]).toBeLessThanOrEqual(0);
  return wasInterrupted ? taken.filter(({ thread }) => thread === 1).length : undefined;
}

describe('jobs of one row run in order, and each task once', () => {
  // Also where the numbers of jobs wrap, and where slots are used anew. Of 19 tasks, the second thread does its own, and
  // leaves all others, some or none.
  it.each(
    [0, words.slotCount - 1, 2 ** 31 - 2, 2 ** 32 - 2].flatMap((first) =>
      [1, 2, 3, 4, 6, 100].map((most) => [first, most] as const),
    ),
  )('whenever a second thread comes, from job %i, and takes tasks %i times', (first, most) => {
    let others = 0;
    for (let moment = 0; ; moment++) {
      const tasks = tasksOfSecond(first, moment, most);
      if (tasks === undefined) break;
      others += tasks;
    }
    expect(others).toBeGreaterThan(20);
  });

  it('a thread first does its own part, of neighbours', () => {
    const { taken, threads } = playedThreads(3);
    threads[0]!.publish(0, { ...jobOf(0), tasks: 19 });
    for (const thread of [1, 2, 0]) threads[thread]!.takeTasks();
    expect(taken.map(({ thread }) => thread)).toEqual([
      ...Array(6).fill(1),
      ...Array(7).fill(2),
      ...Array(6).fill(0),
    ]);
    expect(taken.map(({ task }) => task)).toEqual([
      ...neighbours(6, 12),
      ...neighbours(12, 19),
      ...neighbours(0, 6),
    ]);
  });

  it('a thread that has done its own part takes a quarter of what is left of another one', () => {
    const { taken, threads } = playedThreads(2);
    threads[0]!.publish(0, { ...jobOf(0), tasks: 19 });
    for (const thread of [1, 1, 1, 0]) threads[thread]!.takeTasks();
    // 10 of its own, 3 of 9, 2 of 6; the other has 4 left.
    expect(taken.map(({ thread }) => thread)).toEqual([...Array(15).fill(1), ...Array(4).fill(0)]);
    expect(taken.map(({ task }) => task)).toEqual([...neighbours(9, 19), ...neighbours(0, 9)]);
  });

  it('a thread leaves most of its own part to others while it does the first tasks', () => {
    const { control, words, taken, threads } = playedThreads(2);
    const slow = jobRow({
      ...{ control, words, thread: 0, threads: 2 },
      kernels: [
        (_, task) => {
          taken.push({ thread: 0, kernel: 0, record: 0, task, scratch: 0 });
          while (threads[1]!.takeTasks());
        },
      ],
    });
    slow.publish(0, { ...jobOf(0), tasks: 19 });
    while (slow.takeTasks());
    expect(taken.map(({ task }) => task).sort((a, b) => a - b)).toEqual(neighbours(0, 19));
    expect(taken.filter(({ thread }) => thread === 0)).toHaveLength(3);
  });

  it.each([0, 1, 2])('thread %i of three does the parts of those that do not come', (only) => {
    const { control, taken, threads } = playedThreads(3);
    threads[0]!.publish(0, { ...jobOf(0), tasks: 19 });
    while (threads[only]!.takeTasks());
    expect(taken.map(({ task }) => task).sort((a, b) => a - b)).toEqual(neighbours(0, 19));
    expect(control[words.done]).toBe(1);
  });

  it('whenever others take the tasks that a thread has seen', () => {
    let wasInterrupted = true;
    for (let moment = 0; wasInterrupted; moment++) {
      const { control, taken, threads } = playedThreads(3);
      // The last looks at the caller's part first, while that of the other is left.
      const [caller, other, seeing] = threads as [Played, Played, Played];
      caller.publish(0, { ...jobOf(0), tasks: 19 });
      const work = () => {
        while (seeing.takeTasks());
      };
      wasInterrupted = interrupted(work, moment, () => {
        caller.takeTasks();
        // As a thread does that had seen some too: what is left of the first range is less than none.
        const left = words.slots + words.left;
        if (control[left]! <= 0) control[left]! -= 1;
      });
      while (other.takeTasks() || caller.takeTasks());

      expect(taken.map(({ task }) => task).sort((a, b) => a - b)).toEqual(neighbours(0, 19));
      expect(control[words.done]).toBe(1);
    }
  });

  // The job that it opens has more tasks than there are threads, one, or two; the slot's next job is open by then, or not
  // yet.
  it.each(
    [0, 1, 2].flatMap((first) =>
      [words.slotCount - 2, words.slotCount - 1].map((most) => [first, most] as const),
    ),
  )(
    'whenever a thread stops, and goes on after its slot got another job (from job %i, %i jobs later)',
    (first, most) => {
      let wasInterrupted = true;
      for (let moment = 0; wasInterrupted; moment++) {
        const { control, taken, threads } = playedThreads(3);
        const [caller, stopping, other] = threads as [Played, Played, Played];
        let published = 0;
        const publish = () => caller.publish(published, jobOf(first + published++));
        const isFull = () => published - control[words.done]! >= words.slotCount;
        publish();
        publish();
        const work = () => {
          while (stopping.takeTasks());
        };
        wasInterrupted = interrupted(work, moment, () => {
          // The others end as many jobs as they can: all but that of the task with which the thread stopped.
          for (let more = 0; more < most && !isFull(); more++) {
            publish();
            while (other.takeTasks());
          }
          // The slot belongs to another job.
          while (!isFull()) publish();
        });
        while (caller.takeTasks());
        expectAllOf(published, taken, first);
        expect(control[words.done]).toBe(published);
      }
    },
  );
});

/**
 * A kernel whose tasks count themselves, at address 0. `record` is how many tasks the earlier jobs have: a task that sees
 * less, or more than those of its own job too, sets the word at address 4.
 */
const counting = `export function count(record: i32, task: i32, scratch: i32): void {
  const before = atomic.add<i32>(0, 1);
  const end = record + (record % 37) + 1;
  if (before < record || before >= end || task >= end - record) atomic.store<i32>(4, 1);
}`;

/**
 * A kernel whose task ends when as many tasks as `record` says have begun: so many threads must be at work at once. It
 * sets the word at address 4 if they never come.
 */
const meeting = `export function meet(record: i32, task: i32, scratch: i32): void {
  atomic.add<i32>(0, 1);
  for (let look = 0; look < 1_000_000_000; look++) if (atomic.load<i32>(0) >= record) return;
  atomic.store<i32>(4, 1);
}`;

const failing = 'export function fail(record: i32, task: i32, scratch: i32): void { unreachable(); }';

/** Threads with one kernel, and the first words of their memory. */
async function threadsWith(
  source: string,
  name: string,
  count: number,
): Promise<{ threads: Threads; memory: Int32Array }> {
  const { binary } = await asc.compileString(source, {
    ...{ enable: ['threads'], importMemory: true, sharedMemory: true },
    ...{ initialMemory: 1, maximumMemory: 1, runtime: 'stub', memoryBase: 64 },
  });
  const memory = new webAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const module = await webAssembly.compile(binary!);
  const { exports } = await webAssembly.instantiate(module, { env: { memory } });
  const kernel = (exports as Record<string, (record: number, task: number, scratch: number) => void>)[name]!;
  const threads = (await startThreads(module, memory, [name], [kernel], count))!;
  return { threads, memory: new Int32Array(memory.buffer) };
}

const plain = { kernel: 0, scratch: 0, scratchStride: 0 };

describe('threads', () => {
  it.each([1, 2, 3, 5])('%i do many jobs in order, each task once', async (count) => {
    const { threads, memory } = await threadsWith(counting, 'count', count);
    let before = 0;
    for (let n = 0; n < 20_000; n++) {
      const tasks = (before % 37) + 1;
      threads.add({ ...plain, record: before, tasks });
      before += tasks;
      if (n % 1000 === 0) threads.waitFor(threads.added());
    }
    threads.waitFor(threads.added());
    expect(threads.done()).toBe(20_000);
    expect([...memory.subarray(0, 2)]).toEqual([before, 0]);
    await threads.close();
  });

  it.each([2, 3, 5])('%i are at work at the same time', async (count) => {
    const { threads, memory } = await threadsWith(meeting, 'meet', count);
    // By then they sleep: a job has to wake them.
    await setTimeout(50);
    threads.add({ ...plain, record: count, tasks: count });
    threads.waitFor(1);
    expect([...memory.subarray(0, 2)]).toEqual([count, 0]);
    await threads.close();
  });

  it('do a job while the caller goes on', async () => {
    const { threads, memory } = await threadsWith(meeting, 'meet', 2);
    // Its only task ends when the caller has added 1 too: a caller that waits in `add` does not come to that.
    threads.add({ ...plain, record: 2, tasks: 1 });
    Atomics.add(memory, 0, 1);
    threads.waitFor(1);
    expect([...memory.subarray(0, 2)]).toEqual([2, 0]);
    await threads.close();
  });

  it('tell which kernel failed, from then on, and go on', async () => {
    const { threads } = await threadsWith(failing, 'fail', 2);
    for (let n = 0; n < 3; n++) threads.add({ ...plain, record: 0, tasks: 4 });
    threads.waitFor(3);
    expect(threads.failure()).toBe('kernel fail failed in a thread');
    expect(threads.failure()).toBe('kernel fail failed in a thread');
    await threads.close();
  });
});
