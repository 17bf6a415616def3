import { messageOf, withBackend } from '@normlab/testing';
import {
  type Batch,
  cloneState,
  crossEntropy,
  disposeState,
  type FitOptions,
  fit,
  type Loss,
  sgd,
  type TrainEvent,
  type TrainState,
} from '@normlab/train';
import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { divergingFrom } from './support/divergingFrom.js';
import { stateBytes } from './support/stateBytes.js';
import { tinyModel } from './support/tinyModel.js';
import { toyBatches } from './support/toyBatches.js';

withBackend('wasm, one thread');

const recipe = {
  model: tinyModel,
  optimizer: sgd({ learningRate: 0.1, momentum: 0.9, l2: 1e-4 }),
  seed: 3,
  stepsPerEpoch: 4,
  batches: toyBatches(),
};
const whole = {
  ...{ ...recipe, steps: 10, evaluation: () => toyBatches({ size: 12 })(0, 0) },
  ...{ updateEvery: 3, checkpointEvery: 3 },
};

/** An event with all its numbers, and the bits of its tensors. */
async function textOf(event: TrainEvent): Promise<string> {
  if (event.type === 'checkpoint') return `checkpoint ${event.step} ${await stateBytes(event.state)}`;
  if (event.type !== 'update') return JSON.stringify(event);
  const { before, after, gradients, ...place } = event;
  const values = await Promise.all(
    [before, after, gradients].flatMap((each) => Object.values(each)).map((each) => each.data()),
  );
  return JSON.stringify([place, values.map((each) => [...each])]);
}

async function record(options: FitOptions): Promise<string[]> {
  const texts: string[] = [];
  for await (const event of fit(options)) texts.push(await textOf(event));
  return texts;
}

async function* firstBatches(count: number): AsyncGenerator<Batch> {
  for await (const batch of toyBatches()(0, 4 - count)) yield batch;
}

async function allOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of source) all.push(each);
  return all;
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

/** What a run does, in order: the steps that it begins, and the events of steps. */
async function orderOf(options: FitOptions): Promise<string[]> {
  const seen: string[] = [];
  const loss: Loss = (...given) => {
    seen.push('begin');
    return crossEntropy(...given);
  };
  for await (const event of fit({ ...options, loss })) if (event.type === 'step') seen.push('end');
  return seen;
}

describe('fit with overlapping steps', () => {
  it('begins a step before the one before has ended, but never across the end of an epoch', async () => {
    const epoch = ['begin', 'begin', 'end', 'begin', 'end', 'begin', 'end', 'end'];
    const run = { ...recipe, steps: 8 };
    expect(await orderOf({ ...run, overlap: true })).toEqual([...epoch, ...epoch]);
    const plain = Array(8).fill(['begin', 'end']).flat();
    expect(await orderOf({ ...run, overlap: false })).toEqual(plain);
    // On wasm, steps overlap only if they are asked to.
    expect(await orderOf(run)).toEqual(plain);
  });

  it('yields the same events with the same bits', async () => {
    expect(await record({ ...whole, overlap: true })).toEqual(await record(whole));
  });

  it('stopped after any step and resumed = uninterrupted', async () => {
    const wanted = await record(whole);
    for (let stop = 1; stop <= whole.steps; stop++) {
      const controller = new AbortController();
      const before: string[] = [];
      let state: TrainState | undefined;
      for await (const event of fit({ ...whole, overlap: true, signal: controller.signal })) {
        if (event.type === 'step' && event.step === stop) controller.abort();
        if (event.type === 'checkpoint' && controller.signal.aborted) state = cloneState(event.state);
        else before.push(await textOf(event));
      }
      expect(state!.step).toBe(stop);
      const after = await record({ ...whole, overlap: true, state: state! });
      // A checkpoint at this step is the one that the run stopped with.
      const steps = (texts: readonly string[]) =>
        texts.filter((each) => !each.startsWith(`checkpoint ${stop} `));
      expect(steps([...before, ...after]), `stopped after step ${stop}`).toEqual(steps(wanted));
      disposeState(state!);
    }
  });

  it.each([
    { overlap: true, wanted: ['step 1', 'checkpoint 1'] },
    { overlap: false, wanted: ['step 1', 'step 2', 'checkpoint 2'] },
  ])(
    'aborted while it waits for the second batch, it drops a step begun ahead and finishes one begun in turn: $overlap',
    async ({ overlap, wanted }) => {
      const before = memory().numTensors;
      const controller = new AbortController();
      async function* slow(): AsyncGenerator<Batch> {
        let n = 0;
        for await (const batch of toyBatches()(0, 0)) {
          if (++n === 2) {
            for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
            controller.abort();
          }
          yield batch;
        }
      }
      const seen: string[] = [];
      const options = { ...recipe, batches: slow, steps: 4, overlap, signal: controller.signal };
      for await (const { type, step } of fit(options)) seen.push(`${type} ${step}`);
      expect(seen).toEqual(wanted);
      expect(memory().numTensors).toBe(before);
    },
  );

  it.each([
    ['fails', () => Promise.reject(new Error('the disk is gone'))],
    ['is aborted too', (signal: AbortSignal) => untilAborted(signal)],
  ])('aborted while the next batch %s, it yields its checkpoint', async (_, third) => {
    const controller = new AbortController();
    async function* failing(): AsyncGenerator<Batch> {
      yield* firstBatches(2);
      await third(controller.signal);
    }
    const seen: string[] = [];
    const options = { ...recipe, batches: failing, steps: 4, overlap: true, signal: controller.signal };
    for await (const { type, step } of fit(options)) {
      seen.push(`${type} ${step}`);
      if (step === 2) controller.abort();
    }
    expect(seen).toEqual(['step 1', 'step 2', 'checkpoint 2']);
  });

  it('does not withhold an event until the next batch comes', async () => {
    let wasSeen = () => {};
    async function* waiting(): AsyncGenerator<Batch> {
      for await (const batch of toyBatches()(0, 0)) {
        const seen = new Promise<void>((resolve) => {
          wasSeen = resolve;
        });
        yield batch;
        await seen;
      }
    }
    const ends: number[] = [];
    for await (const event of fit({ ...recipe, batches: waiting, steps: 4, overlap: true })) {
      if (event.type !== 'step') continue;
      ends.push(event.step);
      wasSeen();
    }
    expect(ends).toEqual([1, 2, 3, 4]);
  });

  it('closed while it waits for a batch, it does not wait, and begins no step when the batch comes', async () => {
    const before = memory().numTensors;
    let give = () => {};
    async function* slow(): AsyncGenerator<Batch> {
      const [first, second] = await allOf(firstBatches(2));
      yield first!;
      await new Promise<void>((resolve) => {
        give = resolve;
      });
      yield second!;
    }
    // An iterator without `return`, which would wait for the batch itself.
    const batches = () => {
      const source = slow();
      return { [Symbol.asyncIterator]: () => ({ next: () => source.next() }) };
    };
    const applyTrain = vi.fn(tinyModel.applyTrain);
    const model = { ...tinyModel, applyTrain };
    for await (const _ of fit({ ...recipe, model, batches, steps: 4, overlap: true })) break;
    give();
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    expect(applyTrain).toHaveBeenCalledTimes(1);
    expect(memory().numTensors).toBe(before);
  });

  it('leaves no tensor if it ends, or is closed early at any event', async () => {
    const before = memory().numTensors;
    const overlapping = { ...whole, overlap: true };
    const { length } = await record(overlapping);
    expect(memory().numTensors).toBe(before);
    for (let close = 1; close <= length; close++) {
      let seen = 0;
      for await (const _ of fit(overlapping)) if (++seen === close) break;
      expect(memory().numTensors, `closed at event ${close}`).toBe(before);
    }
  });

  it('a step that fails names itself, after the events of all before, and leaves no tensor', async () => {
    const before = memory().numTensors;
    // The parameters after step 2 are not finite: steps 3 and, begun from its state, 4 cannot be.
    const optimizer = divergingFrom(1);
    const ends: number[] = [];
    const message = await messageOf(async () => {
      for await (const event of fit({ ...recipe, optimizer, steps: 4, overlap: true })) ends.push(event.step);
    });
    expect(ends).toEqual([1, 2]);
    expect(message).toMatch(/^TrainError: trainStep: the loss of step 3 must be finite/);
    expect(memory().numTensors).toBe(before);
  });

  it('a batch that is missing, does not fit or cannot be read is an error after the events before it', async () => {
    const before = memory().numTensors;
    async function* changed(third: (batch: Batch) => Batch | undefined): AsyncGenerator<Batch> {
      let n = 0;
      for await (const batch of toyBatches()(0, 0)) {
        const yielded = ++n === 3 ? third(batch) : batch;
        if (yielded === undefined) return;
        yield yielded;
      }
    }
    for (const [third, wanted] of [
      [() => undefined, /^fit: batches\(0, …\) must yield every step of its epoch, got "2 too few"/],
      [(batch: Batch) => ({ ...batch, labels: Int32Array.of(1) }), /^trainStep: /],
      [
        () => {
          throw new Error('the disk is gone');
        },
        /^the disk is gone$/,
      ],
    ] as const) {
      const ends: number[] = [];
      const options = { ...recipe, batches: () => changed(third), steps: 4, overlap: true };
      const run = async () => {
        for await (const event of fit(options)) ends.push(event.step);
      };
      await expect(run()).rejects.toThrow(wanted);
      expect(ends).toEqual([1, 2]);
      expect(memory().numTensors).toBe(before);
    }
  });
});
