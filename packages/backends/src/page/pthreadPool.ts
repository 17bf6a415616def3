import { BackendError } from '@normlab/errors';

/** A web worker as far as we and emscripten's script use it; Node's types hold none. */
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
  /** Stands in for the global `Worker` in emscripten's script. */
  readonly Worker: new () => object;
  /** How many of the workers made first are stand-ins. */
  readonly standIns: number;
  /** Rejects when a worker cannot start. */
  readonly failure: Promise<never>;
  end(): void;
};

/** How many workers emscripten makes at start-up, whatever is asked of it (compiled into the module). */
const startUpWorkers = 8;

/**
 * As many real workers as there are threads beside the main one; the other ones that emscripten makes at start-up, the
 * first, are played by stand-ins, since it takes workers from the end of its list.
 *
 * @param text what a worker runs: a module of its own, so that no bundler has to emit a file for it
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
  // It is looked at only while the module starts.
  failure.catch(() => {});

  function makeWorker(): object {
    if (made++ < standIns) return standIn();
    const worker = new Worker(url, { type: 'module' });
    worker.addEventListener('error', ({ message }) => fail(cannotStart(message)));
    workers.push(worker);
    return worker;
  }

  return {
    // A constructor that returns an object gives that object.
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
