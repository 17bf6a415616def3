import { BackendError } from '@normlab/errors';
import { workerLoop } from '#kernels';
import { type WebWorker, webWorkers } from './webWorkers.js';

/** A worker that runs the loop of `worker/kernelLoop.js`. */
export type KernelWorker = { terminate(): unknown };

/** The loop in a worker of Node. */
export const nodeWorkerText = `${workerLoop}\nserve(require('node:worker_threads').workerData);`;

/** The loop in a web worker: it receives its data in a single message, and answers when its kernels are ready. */
const webWorkerText = `${workerLoop}
addEventListener('message', ({ data }) => serve(data, () => postMessage('ready')), { once: true });`;

/** Starts one worker for each element; undefined if the platform has no workers. */
export async function startWorkers(data: readonly object[]): Promise<KernelWorker[] | undefined> {
  const workerThreads = nodeWorkerThreads();
  if (workerThreads === undefined) return webWorkers === undefined ? undefined : startWebWorkers(data);
  return data.map((workerData) => {
    // The process's flags may not be valid for a plain script.
    const worker = new workerThreads.Worker(nodeWorkerText, { eval: true, execArgv: [], workerData });
    worker.unref();
    return worker;
  });
}

/** Node's workers; Bun and Deno offer some of Node's modules, but web workers are used there. */
function nodeWorkerThreads(): typeof import('node:worker_threads') | undefined {
  const isNode = typeof process !== 'undefined' && process.versions?.node !== undefined;
  if (!isNode || 'Bun' in globalThis || 'Deno' in globalThis) return undefined;
  return process.getBuiltinModule?.('node:worker_threads');
}

/**
 * Starts web workers from text, so that no bundler has to emit a file for them, and waits until all are ready.
 *
 * The browser starts a worker from its parent's event loop: a parent that waited in a kernel for a worker that is
 * not ready would wait for ever.
 */
async function startWebWorkers(data: readonly object[]): Promise<KernelWorker[]> {
  const { Worker, URL, Blob } = webWorkers!;
  const url = URL.createObjectURL(new Blob([webWorkerText], { type: 'text/javascript' }));
  const workers: WebWorker[] = [];
  try {
    const allReady = data.map((each) => {
      const worker = new Worker(url, { type: 'module' });
      workers.push(worker);
      const ready = readiness(worker);
      worker.postMessage(each);
      return ready;
    });
    await Promise.all(allReady);
    return workers;
  } catch (cause) {
    for (const worker of workers) worker.terminate();
    throw cause;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function readiness(worker: WebWorker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.addEventListener('message', () => resolve(), { once: true });
    worker.addEventListener('error', (event) => reject(cannotStart(event)), { once: true });
  });
}

function cannotStart({ message }: { readonly message?: string }): BackendError {
  return new BackendError({
    where: 'wasm backend',
    what: 'a worker for the kernels',
    rule: 'start',
    ...(message && { got: message }),
    hint: "a page's Content-Security-Policy must allow workers from text (worker-src blob:); or ask for 1 thread",
  });
}
