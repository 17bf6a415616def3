import { type BackendName, listBackends, type OpenBackendOptions, openBackend } from '@normlab/backends';
import { runSuite } from '@normlab/laws/suite';
import { memory } from '@tensorflow/tfjs-core';
import { lossesOf } from '../../support/training.js';

/** A test's request to a page or its worker; it must be structured-cloneable. */
export type Request = {
  readonly task: keyof typeof tasks;
  readonly name: BackendName;
  readonly options?: OpenBackendOptions;
  /** Runs in a worker of the page rather than in its main thread. */
  readonly inWorker?: boolean;
  /** Samples per law; default 5. */
  readonly runs?: number;
};

/** The answer of a page. */
export type Answer = {
  readonly description: string;
  readonly threads: number;
  /** The result of the task. */
  readonly result: unknown;
  /** How many tensors the task leaked. */
  readonly leaked: number;
};

const tasks = {
  /** The losses of a short training. */
  train: (_: Request) => lossesOf(),
  /** The reports of the laws and absolute checks that fail. */
  laws: async ({ runs = 5 }: Request) => {
    const fallen: string[] = [];
    for await (const report of runSuite({ runs, seed: 1 })) {
      if (!report.holds) fallen.push(JSON.stringify(report));
    }
    return fallen;
  },
};

/** Opens a backend, runs a task on it, and closes it; in a page, in a worker, in Node. */
export async function perform(request: Request): Promise<Answer> {
  const { task, name, options } = request;
  const backend = await openBackend(name, options);
  try {
    const before = memory().numTensors;
    const result = await tasks[task](request);
    const { description, threads } = backend;
    return { description, threads, result, leaked: memory().numTensors - before };
  } finally {
    await backend.close();
  }
}

export { listBackends };
