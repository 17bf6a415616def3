import { type BackendName, listBackends, type OpenBackendOptions, openBackend } from '@normlab/backends';
import { runSuite } from '@normlab/laws/suite';
import { memory } from '@tensorflow/tfjs-core';
import { lossesOf } from '../../support/training.js';

/** What a test asks of a page, as it crosses into the page and into a worker of it. */
export type Request = {
  readonly task: keyof typeof tasks;
  readonly name: BackendName;
  readonly options?: OpenBackendOptions;
  /** Runs in a worker of the page rather than in its own thread. */
  readonly inWorker?: boolean;
};

/** What a page answers. */
export type Answer = {
  readonly description: string;
  readonly threads: number;
  /** Of the task. */
  readonly result: unknown;
  /** Tensors that the task has left behind. */
  readonly leaked: number;
};

const tasks = {
  /** The losses of a short training. */
  train: () => lossesOf(),
  /** The laws that fall, with what fell. */
  laws: async () => {
    const fallen: string[] = [];
    for await (const { id, holds, counterexample } of runSuite({ runs: 25, seed: 1 })) {
      if (!holds) fallen.push(`${id}: ${JSON.stringify(counterexample)}`);
    }
    return fallen;
  },
  nothing: async () => null,
};

/** Opens a backend, does a task on it, and closes it again; in a page, in a worker, in Node. */
export async function perform({ task, name, options }: Request): Promise<Answer> {
  const backend = await openBackend(name, options);
  try {
    const before = memory().numTensors;
    const result = await tasks[task]();
    const { description, threads } = backend;
    return { description, threads, result, leaked: memory().numTensors - before };
  } finally {
    await backend.close();
  }
}

export { listBackends };
