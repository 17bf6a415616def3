import { Worker } from 'node:worker_threads';

/** Workers for emscripten's threads. */
export type WorkerPool = {
  /** Calls emscripten's start-up, which must make its workers before it returns. */
  start<T>(startUp: () => T): T;
  /** How many workers are stand-ins; they are the first ones made. */
  readonly standIns: number;
  /** Ends all workers; settles when they are gone. */
  end(): Promise<void>;
};

/** How many workers emscripten always makes at start-up (compiled into the module). */
const startUpWorkers = 8;

/**
 * A pool of `count` real workers, one per thread beside the main one.
 *
 * Emscripten makes {@link startUpWorkers} workers at start-up and waits until all have loaded. The ones that no thread
 * will use are stand-ins: the first ones, since emscripten takes workers from the end of its list. It also sets the
 * global `Worker`, and adds two listeners to the process that replace any uncaught error by another one; `start` undoes
 * both.
 *
 * @param text the source of a worker
 */
export function workerPool(text: string, count: number): WorkerPool {
  const workers: Worker[] = [];
  const standIns = startUpWorkers - count;
  let made = 0;

  function makeWorker(): Worker | StandIn {
    if (made++ < standIns) return standIn();
    // Without execArgv, a flag of the main thread could make Node read the text as an ES module, which it is not.
    const worker = new Worker(text, { eval: true, execArgv: [] });
    // Emscripten unrefs a worker once it has loaded, but refs it again, for good, when its thread starts.
    worker.ref = () => {};
    workers.push(worker);
    return worker;
  }

  return {
    standIns,
    start: (startUp) => withoutTraces(() => withGlobalWorker(makeWorker, startUp)),
    end: async () => {
      await Promise.all(workers.splice(0).map(endWorker));
    },
  };
}

function endWorker(worker: Worker): Promise<number> {
  // `terminate` calls `ref`, which makeWorker replaced, to keep the process alive until the worker has ended.
  Reflect.deleteProperty(worker, 'ref');
  return worker.terminate();
}

/** A worker that says it has loaded, and never runs. */
type StandIn = {
  onmessage?: (event: { data: { cmd: 'loaded' } }) => void;
  on(): void;
  unref(): void;
  terminate(): void;
  postMessage(): void;
};

function standIn(): StandIn {
  const idle: StandIn = {
    on() {},
    unref() {},
    terminate() {},
    postMessage() {
      queueMicrotask(() => idle.onmessage?.({ data: { cmd: 'loaded' } }));
    },
  };
  return idle;
}

/** Runs with `globalThis.Worker` fixed: emscripten would set it to Node's before it reads it. */
function withGlobalWorker<T>(makeWorker: () => object, run: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  Object.defineProperty(globalThis, 'Worker', { configurable: true, get: () => makeWorker, set: () => {} });
  try {
    return run();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'Worker');
    else Object.defineProperty(globalThis, 'Worker', before);
  }
}

/** Runs, then removes the listeners for uncaught errors that were added meanwhile. */
function withoutTraces<T>(run: () => T): T {
  const exceptions = process.listeners('uncaughtException');
  const rejections = process.listeners('unhandledRejection');
  try {
    return run();
  } finally {
    for (const added of process.listeners('uncaughtException')) {
      if (!exceptions.includes(added)) process.off('uncaughtException', added);
    }
    for (const added of process.listeners('unhandledRejection')) {
      if (!rejections.includes(added)) process.off('unhandledRejection', added);
    }
  }
}
