import { BackendError } from '@normlab/errors';

/** The part of a web worker that we use; Node's types lack web workers. */
type WebWorker = {
  terminate(): void;
  addEventListener(type: 'error', listener: (event: { readonly message?: string }) => void): void;
};

type WebWorkerApi = {
  readonly Worker: new (url: string, options: { type: 'module' }) => WebWorker;
  readonly URL: { createObjectURL(blob: object): string; revokeObjectURL(url: string): void };
  readonly Blob: new (parts: readonly string[], options: { type: string }) => object;
};

/** Workers for emscripten's threads. */
export type PthreadPool = {
  /** Replaces the global `Worker` in emscripten's script. */
  readonly Worker: new () => object;
  /** How many workers are stand-ins; they are the first ones made. */
  readonly standIns: number;
  /** Rejects when a worker cannot start. */
  readonly failure: Promise<never>;
  end(): void;
};

/** How many workers emscripten always makes at start-up (compiled into the module). */
const startUpWorkers = 8;

/**
 * A pool of `count` real workers, one per thread beside the main one.
 *
 * Emscripten makes {@link startUpWorkers} workers at start-up. The ones that no thread will use are stand-ins: the
 * first ones, since emscripten takes workers from the end of its list.
 *
 * @param text the source of a worker, a whole ES module, so that no bundler has to emit a file for it
 */
export function pthreadPool(text: string, count: number): PthreadPool {
  const { Worker, URL, Blob } = globalThis as unknown as WebWorkerApi;
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  const workers: WebWorker[] = [];
  const standIns = startUpWorkers - count;
  let made = 0;
  let fail: (error: BackendError) => void;
  const failure = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Awaited only while the module starts; a later rejection must not count as unhandled.
  failure.catch(() => {});

  function makeWorker(): object {
    if (made++ < standIns) return standIn();
    const worker = new Worker(url, { type: 'module' });
    worker.addEventListener('error', ({ message }) => fail(cannotStart(message)));
    workers.push(worker);
    return worker;
  }

  return {
    // `new` gives the object that a constructor returns.
    Worker: makeWorker as unknown as new () => object,
    standIns,
    failure,
    end: () => {
      for (const worker of workers.splice(0)) worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}

/** A worker that says it has loaded, and never runs. */
function standIn(): object {
  const idle = {
    onmessage: undefined as ((event: object) => void) | undefined,
    terminate() {},
    postMessage() {
      queueMicrotask(() => idle.onmessage?.({ data: { cmd: 'loaded' } }));
    },
  };
  return idle;
}

function cannotStart(message: string | undefined): BackendError {
  return new BackendError({
    where: 'openBackend',
    what: "a worker for tfjs's threads",
    rule: 'start',
    ...(message && { got: message }),
    hint: "a page's Content-Security-Policy must allow workers from text (worker-src blob:); or ask for 1 thread",
  });
}
