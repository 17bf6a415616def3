import { setFlagsFromString } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';

type Job =
  | { readonly copy: number; readonly times: number }
  | { readonly rounds: number }
  | { readonly trips: number };
type Program = { multiplyAdd(rounds: number, factor: number): number };
type WebAssemblyApi = {
  instantiate(program: Uint8Array, imports: object): Promise<{ instance: { exports: Program } }>;
};

// Node 20 needs this flag for relaxed SIMD; later versions do not know it.
if (process.version.startsWith('v20.')) setFlagsFromString('--experimental-wasm-relaxed-simd');
const webAssembly: WebAssemblyApi = Reflect.get(globalThis, 'WebAssembly');
const { multiplyAdd } = (await webAssembly.instantiate(workerData.program, {})).instance.exports;

const factor = 0.5;

// Until V8's optimizing compiler has it: a call that has begun is never replaced.
for (let call = 0; call < 10_000; call++) multiplyAdd(1000, factor);

let buffers: Buffer[] = [];

parentPort!.on('message', (job: Job) => {
  if ('rounds' in job) multiplyAdd(job.rounds, factor);
  else if ('trips' in job) passWord(job.trips);
  else copy(job.copy, job.times);
  parentPort!.postMessage('done');
});

/** Waits for its turn, and gives the word to the other thread: the word is even when it is the first one's turn. */
function passWord(trips: number): void {
  const { word, thread }: { readonly word: Int32Array; readonly thread: number } = workerData;
  for (let trip = 0; trip < trips; trip++) {
    while ((Atomics.load(word, 0) & 1) !== thread);
    Atomics.add(word, 0, 1);
  }
}

/** Copies between four buffers, one per tensor of standardizing and its gradient (x, y, dy, dx). */
function copy(bytes: number, times: number): void {
  if (buffers[0]?.length !== bytes) buffers = Array.from({ length: 4 }, () => Buffer.alloc(bytes, 1));
  for (let time = 0; time < times; time++) {
    buffers[time % 4]!.copy(buffers[(time + 1) % 4]!);
  }
}
