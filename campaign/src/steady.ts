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

/** Trials before the first measurement: by then every buffer is made. */
const warmUp = 2;

/**
 * The heap is judged from 10⁴ steps on, by the second half of them: code is compiled, and collected again, for thousands
 * of steps.
 */
const trialsForHeap = 40;

/** What the heap may grow by per trial: less than the smallest object takes that is kept per step. */
const mostGrowth = 48 * steps;

/**
 * Trains on and on in one process, with evaluations and checkpoints, and counts what is held: tensors, file
 * descriptors, arrays outside the heap, the heap after a collection.
 */
export const steady: Campaign = {
  about: 'thousands of training steps in one process: tensors, open files and memory stay as they are',
  short: 8,
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'normlab-steady-'));
    const backend = await openBackend('wasm', { threads: 1 });
    const collect = collector();
    const events = training(folder);
    const measured: Held[] = [];
    let trials = 0;
    return {
      async trial() {
        await upToCheckpoint(events);
        collect();
        const held = measure();
        trials++;
        if (trials <= warmUp) return { counts: { steps }, faults: [] };
        measured.push(held);
        return { counts: { steps }, faults: growth(measured) };
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

function growth(measured: readonly Held[]): Trial['faults'] {
  const [first, now] = [measured[0]!, measured.at(-1)!];
  const more = (name: keyof Held) => now[name] - first[name];
  const outside = least(measured.slice(-4), 'outside') - least(measured.slice(0, 4), 'outside');
  return [
    ...(more('tensors') === 0 ? [] : [`holds ${more('tensors')} more tensors`]),
    ...(more('descriptors') <= 0 ? [] : [`holds ${more('descriptors')} more files open`]),
    ...(outside <= 2 ** 20 ? [] : [`holds ${outside} more bytes outside the heap`]),
    ...heapGrowth(measured),
  ];
}

function heapGrowth(measured: readonly Held[]): string[] {
  if (measured.length < trialsForHeap) return [];
  const half = measured.slice(Math.floor(measured.length / 2));
  const middle = Math.floor(half.length / 2);
  const growth = (least(half.slice(middle), 'heap') - least(half.slice(0, middle), 'heap')) / middle;
  return growth <= mostGrowth ? [] : [`the heap grows by ${Math.round(growth)} bytes per ${steps} steps`];
}

/** The least of a few measurements: what is not collected yet, or is under way, comes on top. */
function least(measured: readonly Held[], name: keyof Held): number {
  return Math.min(...measured.map((each) => each[name]));
}

/** Node's garbage collector, which a program can call only if it asks for it. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
