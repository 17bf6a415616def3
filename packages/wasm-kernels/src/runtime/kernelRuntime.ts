import { binaries } from '#kernels';
import { type Heap, lineBytes, roundToLine } from './heap.js';
import { startThreads } from './threads.js';
import { webAssembly } from './webAssembly.js';

/** Names of the functions in `assembly/`. */
export type KernelName =
  | 'addGroups'
  | 'applyBatchNorm'
  | 'applyBatchNormGradient'
  | 'applyStandardize'
  | 'averagePoolGradient'
  | 'binary'
  | 'convolve'
  | 'convolveBackFilter'
  | 'copyBox'
  | 'crossEntropy'
  | 'finishBatchNorm'
  | 'finishBatchNormGradient'
  | 'finishGradient'
  | 'finishMoments'
  | 'finishSums'
  | 'maxPoolGradient'
  | 'multiplyRows'
  | 'packPanels'
  | 'preluGradient'
  | 'relu'
  | 'reluGradient'
  | 'sampleBatchNormShifts'
  | 'sampleShifts'
  | 'sgdMomentum'
  | 'sumBatchNormPairs'
  | 'sumPairs'
  | 'sumTensors'
  | 'tanh'
  | 'transposeRows'
  | 'winogradBackFilter'
  | 'winogradBackPanels'
  | 'winogradBackProducts'
  | 'winogradConvolve'
  | 'winogradFilter';

/** Work for one kernel: see `assembly/words.ts`. */
export type Job = {
  readonly kernel: KernelName;
  /** The job's description, 32 bits each; floats through {@link floatBits}. */
  readonly words: readonly number[];
  readonly tasks: number;
  /** Memory that each thread needs for itself while it does a task. */
  readonly scratchBytes?: number;
};

/** Our kernels, bound to tfjs's memory. */
export type KernelRuntime = {
  readonly heap: Heap;
  readonly build: 'plain' | 'relaxed';
  readonly threads: number;
  /** Does all tasks of a job before it returns. */
  run(job: Job): void;
  close(): Promise<void>;
};

type KernelFunction = (words: number, task: number, scratch: number) => void;

/** Compiles the kernels against a heap; with threads where its memory is shared and the engine has them. */
export async function openKernelRuntime(
  heap: Heap,
  build: 'plain' | 'relaxed',
  wantedThreads: number,
): Promise<KernelRuntime> {
  const isShared =
    typeof SharedArrayBuffer !== 'undefined' && heap.memory.buffer instanceof SharedArrayBuffer;
  const binary = binaries[isShared ? (`${build}Shared` as const) : build];
  const module = await webAssembly.compile(decodeBase64(binary));
  const instance = await webAssembly.instantiate(module, { env: { memory: heap.memory } });
  const kernels = instance.exports as Record<KernelName, KernelFunction>;
  const names = Object.keys(kernels);
  const threads =
    isShared && wantedThreads > 1 ? startThreads(module, heap.memory, names, wantedThreads) : undefined;
  return {
    heap,
    build,
    threads: threads?.count ?? 1,
    run({ kernel, words, tasks, scratchBytes = 64 }) {
      const scratchStride = roundToLine(scratchBytes);
      const wordBytes = roundToLine(4 * words.length);
      const threadsUsed = tasks > 1 ? (threads?.count ?? 1) : 1;
      const block = heap.allocate(lineBytes + wordBytes + scratchStride * threadsUsed);
      const job = roundToLine(block);
      const scratch = job + wordBytes;
      new Uint32Array(heap.memory.buffer, job, words.length).set(words);
      const doTask = (task: number) => kernels[kernel](job, task, scratch);
      if (threads !== undefined && threadsUsed > 1) {
        threads.run({ kernel: names.indexOf(kernel), job, tasks, scratch, scratchStride }, doTask);
      } else {
        for (let task = 0; task < tasks; task++) doTask(task);
      }
      heap.free(block);
    },
    close: async () => threads?.close(),
  };
}

/** The 32 bits of a float, as a word of a job. */
export function floatBits(value: number): number {
  bits.setFloat32(0, value);
  return bits.getUint32(0);
}

/** Where a float is written and its bits are read, at once. */
const bits = new DataView(new ArrayBuffer(4));

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
