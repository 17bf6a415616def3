import { binaries } from '#kernels';
import type { Heap } from './heap.js';
import { webAssembly } from './webAssembly.js';

/** Names of the functions in `assembly/`. */
export type KernelName =
  | 'addGroups'
  | 'applyStandardize'
  | 'convolve'
  | 'convolveBackFilter'
  | 'finishGradient'
  | 'finishMoments'
  | 'finishSums'
  | 'packPanels'
  | 'reluGradient'
  | 'sampleShifts'
  | 'sgdMomentum'
  | 'sumPairs';

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

/** Compiles the kernels against a heap. */
export async function openKernelRuntime(heap: Heap, build: 'plain' | 'relaxed'): Promise<KernelRuntime> {
  const isShared =
    typeof SharedArrayBuffer !== 'undefined' && heap.memory.buffer instanceof SharedArrayBuffer;
  const binary = binaries[isShared ? (`${build}Shared` as const) : build];
  const module = await webAssembly.compile(decodeBase64(binary));
  const instance = await webAssembly.instantiate(module, { env: { memory: heap.memory } });
  const kernels = instance.exports as Record<KernelName, KernelFunction>;
  return {
    heap,
    build,
    threads: 1,
    run({ kernel, words, tasks, scratchBytes = 64 }) {
      const wordBytes = 4 * words.length;
      // One block holds the words, then the scratch on the next line of the cache.
      const scratchOffset = Math.ceil(wordBytes / 64) * 64 + 64;
      const block = heap.allocate(scratchOffset + scratchBytes);
      new Uint32Array(heap.memory.buffer, block, words.length).set(words);
      const scratch = Math.ceil((block + scratchOffset - 63) / 64) * 64;
      for (let task = 0; task < tasks; task++) kernels[kernel](block, task, scratch);
      heap.free(block);
    },
    close: async () => {},
  };
}

/** The 32 bits of a float, as a word of a job. */
export function floatBits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
