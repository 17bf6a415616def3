import { binaries, type Jobs, jobLayouts } from '#kernels';
import { type Heap, roundToLine } from './heap.js';
import { recordBytes, writeRecord } from './jobRecord.js';
import { type KernelFunction, startThreads } from './threads.js';
import { webAssembly } from './webAssembly.js';

/** Names of the functions that `assembly/index.ts` exports. */
export type KernelName = keyof Jobs;

/** Work for one kernel: see `assembly/job.ts`. */
export type Job = {
  readonly [Name in KernelName]: {
    readonly kernel: Name;
    /**
     * The job's record; every field has a name. A plain literal: with object spreads, a step of ALL-CNN at a quarter of
     * the width took 4 % longer.
     */
    readonly job: Jobs[Name];
    readonly tasks: number;
    /** Bytes of scratch memory that each thread needs during a task. */
    readonly scratchBytes?: number;
  };
}[KernelName];

/** `plain`; `relaxed`, with fused multiply-add; or `wide`, that with vectors joined to 256 bits. */
export type Build = 'plain' | 'relaxed' | 'wide';

/** Our kernels, bound to tfjs's memory. */
export type KernelRuntime = {
  readonly heap: Heap;
  readonly build: Build;
  readonly threads: number;
  /**
   * Runs all tasks of a job, after those of all earlier jobs. With threads it may return before: whoever else touches
   * the memory calls `heap.jobs.settle()` first; memory that is freed is not used again before the jobs are done.
   */
  run(job: Job): void;
  close(): Promise<void>;
};

/** Compiles the kernels against a heap; with threads if its memory is shared and the engine has threads. */
export async function openKernelRuntime(
  heap: Heap,
  build: Build,
  wantedThreads: number,
): Promise<KernelRuntime> {
  const isShared =
    typeof SharedArrayBuffer !== 'undefined' && heap.memory.buffer instanceof SharedArrayBuffer;
  const { base64 } = await binaries[isShared ? (`${build}Shared` as const) : build]();
  const module = await webAssembly.compile(decodeBase64(base64));
  const instance = await webAssembly.instantiate(module, { env: { memory: heap.memory } });
  const kernels = instance.exports as Record<KernelName, KernelFunction>;
  const names = Object.keys(kernels) as KernelName[];
  const indices = new Map(names.map((name, index) => [name, index]));
  const threads =
    isShared && wantedThreads > 1
      ? await startThreads(module, heap.memory, names, Object.values(kernels), wantedThreads)
      : undefined;
  let view = new DataView(heap.memory.buffer);
  /** A view of the whole heap; a new one after the heap has grown. */
  const memoryView = () => {
    if (view.buffer !== heap.memory.buffer) view = new DataView(heap.memory.buffer);
    return view;
  };
  return {
    heap,
    build,
    threads: threads?.count ?? 1,
    run({ kernel, job: record, tasks, scratchBytes = 64 }) {
      // NaN, as of tensors without an entry that are divided into chunks, is no job either: threads would wait for ever.
      if (!(tasks > 0)) return;
      const layout = jobLayouts[kernel];
      const scratchLength = roundToLine(scratchBytes);
      const jobBytes = roundToLine(recordBytes(layout, record));
      // Whichever thread does the only task of a job uses the only scratch.
      const threadsUsed = tasks > 1 ? (threads?.count ?? 1) : 1;
      // At the beginning of a cache line, as every block that the guard allocates.
      const job = heap.allocate(jobBytes + scratchLength * threadsUsed);
      const scratch = job + jobBytes;
      writeRecord(memoryView(), job, layout, record);
      heap.jobs.give(threads);
      if (threads === undefined) {
        for (let task = 0; task < tasks; task++) kernels[kernel](job, task, scratch);
      } else {
        const scratchStride = threadsUsed > 1 ? scratchLength : 0;
        threads.add({ kernel: indices.get(kernel)!, record: job, tasks, scratch, scratchStride });
      }
      heap.free(job);
    },
    async close() {
      if (threads === undefined) return;
      // Reads report a kernel that has failed; it must not keep the threads from ending.
      heap.jobs.end(threads);
      await threads.close();
    },
  };
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
