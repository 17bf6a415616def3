import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openBackend } from '@normlab/backends';
import { batches, builtIn, channelStatistics, evaluationBatches, plain } from '@normlab/datasets';
import { buildModel, network } from '@normlab/models';
import { fit, sgd, type TrainEvent } from '@normlab/train';
import { saveCheckpoint } from '@normlab/train/node';
import { memory } from '@tensorflow/tfjs-core';
import type { Campaign, Trial } from './campaign.js';

/** Steps of one trial; it ends with an evaluation and a checkpoint. */
const steps = 250;

/** Trials before the first measurement: by then every function is compiled and every buffer made. */
const warmUp = 2;

/** What the heap may grow by from one trial to the next, on average: a number kept per step is more. */
const mostGrowth = 8 * steps;

/**
 * Trains on and on in one process, with evaluations and checkpoints, and counts what is held: tensors, file
 * descriptors, the backend's memory, the heap after a collection.
 */
export const steady: Campaign = {
  about:
    'thousands of training steps in one process: tensors, files, WebAssembly memory and heap stay as they are',
  short: 8,
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'normlab-steady-'));
    const backend = await openBackend('wasm', { threads: 1 });
    const collect = collector();
    const events = training(folder);
    let first: Held | undefined;
    let trials = 0;
    return {
      async trial() {
        await upToCheckpoint(events);
        collect();
        const held = measure();
        trials++;
        if (trials <= warmUp) return { counts: { steps }, faults: [] };
        first ??= held;
        return { counts: { steps }, faults: growth(first, held, trials - warmUp - 1) };
      },
      close: async () => {
        await events.return();
        await backend.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};

/** A training without end on a narrow network. */
async function* training(folder: string): AsyncGenerator<TrainEvent, void, undefined> {
  const data = builtIn(1, { train: 4 * steps, test: 20 });
  const pipeline = plain(channelStatistics(data.train));
  const spec = network('all-cnn', {
    norm: 'cbn-lconv-nobn',
    width: 0.03,
    classes: data.train.classes.length,
    input: pipeline.outputShape(data.train.shape),
  });
  const run = fit({
    model: buildModel(spec),
    optimizer: sgd({ learningRate: 0.01, momentum: 0.9 }),
    seed: 1,
    steps: 1_000_000_000,
    stepsPerEpoch: steps,
    batches: (epoch, from) => batches(data.train, { size: 4, seed: 1, epoch, from, augment: pipeline.train }),
    evaluation: () => evaluationBatches(data.test, { size: 20, prepare: pipeline.evaluate }),
  });
  for await (const event of run) {
    if (event.type === 'checkpoint') await saveCheckpoint(folder, event.state, { seed: 1, spec });
    yield event;
  }
}

async function upToCheckpoint(events: AsyncGenerator<TrainEvent, void, undefined>): Promise<void> {
  for (;;) {
    const { value } = await events.next();
    if (value?.type === 'checkpoint') return;
  }
}

type Held = {
  readonly tensors: number;
  readonly descriptors: number;
  readonly heap: number;
  readonly outside: number;
};

function measure(): Held {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const descriptors = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
  return { tensors: memory().numTensors, descriptors, heap: heapUsed, outside: arrayBuffers };
}

function growth(first: Held, now: Held, trials: number): Trial['faults'] {
  const more = (name: keyof Held) => now[name] - first[name];
  // Compiled code and caches come and go: the average over all trials says more than any one.
  const heapPerTrial = trials < 4 ? 0 : more('heap') / trials;
  return [
    ...(more('tensors') === 0 ? [] : [`holds ${more('tensors')} more tensors`]),
    ...(more('descriptors') <= 0 ? [] : [`holds ${more('descriptors')} more files open`]),
    ...(more('outside') <= 2 ** 20 ? [] : [`holds ${more('outside')} more bytes outside the heap`]),
    ...(heapPerTrial <= mostGrowth
      ? []
      : [`the heap grows by ${Math.round(heapPerTrial)} bytes per ${steps} steps`]),
  ];
}

/** Node's garbage collector, which a program can call only if it asks for it. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
