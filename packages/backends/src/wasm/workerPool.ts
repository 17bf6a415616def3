import { Worker } from 'node:worker_threads';

/** Workers for emscripten's threads. */
export type WorkerPool = {
  /** Calls emscripten's start-up, which must make its workers before it returns. */
  start<T>(startUp: () => T): T;
  /** How many of the workers made first are stand-ins. */
  readonly standIns: number;
  /** Ends all workers; settles when they are gone. */
  end(): Promise<void>;
};

/** How many workers emscripten makes at start-up, whatever is asked of it (compiled into the module). */
const startUpWorkers = 8;

/**
 * A pool of as many real workers as there are threads beside the main one.
 *
 * Emscripten makes {@link startUpWorkers} of them in Node and waits until all have loaded. Those that
 * no thread will need are played by stand-ins here, the first ones, since it takes workers from the end.
 * It also leaves `Worker` in the global scope and two listeners on the process, which turn any uncaught
 * error into another one: both are taken away again.
 *
 * @param text what a worker runs
 */
export function workerPool(text: string, count: number): WorkerPool {
  const workers: Worker[] = [];
  const standIns = startUpWorkers - count;
  let made = 0;

  function makeWorker(): Worker | StandIn {
    if (made++ < standIns) return standIn();
    // The flags of the main thread may ask for an ECMAScript module, which the text is not.
    const worker = new Worker(text, { eval: true, execArgv: [] });
    // Emscripten lets a worker go once it has loaded and holds it again when its thread starts, for good.
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
  // Node holds the process until a worker has ended, through the method that makeWorker put out of use.
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

/** Runs with `globalThis.Worker` fixed: emscripten writes Node's there before it reads it. */
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

/** Runs and removes the listeners for uncaught errors that were added meanwhile. */
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
