import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { type Prepared, unknownWorkload } from './answering.js';
import { serve } from './serve.js';

// The limits of the machine: node machinePeer.js THREADS. Every thread copies and computes in its own memory.
const threads = Number(process.argv[2]);
const program = await readFile(new URL('../multiplyAdd.wasm', import.meta.url));
const word = new Int32Array(new SharedArrayBuffer(4));
const workers = Array.from(
  { length: threads },
  (_, thread) =>
    new Worker(new URL('machineThread.js', import.meta.url), { workerData: { program, word, thread } }),
);

await serve(`${threads} ${threads === 1 ? 'thread' : 'threads'}`, async (workload): Promise<Prepared> => {
  if (workload.kind === 'copy') {
    const bytes = Math.ceil((4 * workload.floats) / threads);
    return { once: () => onAll({ copy: bytes, times: workload.tensors }), release: () => {} };
  }
  if (workload.kind === 'multiply-add') {
    return { once: () => onAll({ rounds: workload.rounds }), release: () => {} };
  }
  if (workload.kind === 'round-trips' && threads === 2) {
    return { once: () => onAll({ trips: workload.count }), release: () => {} };
  }
  throw unknownWorkload(workload);
});
await Promise.all(workers.map((worker) => worker.terminate()));

async function onAll(job: object): Promise<void> {
  await Promise.all(
    workers.map((worker) => {
      worker.postMessage(job);
      return once(worker, 'message');
    }),
  );
}
