import { inSoftware, messageOf, onBackends } from '@normlab/testing';
import {
  adamW,
  type Batch,
  clipByGlobalNorm,
  cloneState,
  constant,
  disposeState,
  exponentialDecay,
  type FitOptions,
  fit,
  sgd,
  type TrainEvent,
  type TrainState,
} from '@normlab/train';
import { memory } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { divergingFrom } from './support/divergingFrom.js';
import { firstOf } from './support/firstOf.js';
import { stateBytes } from './support/stateBytes.js';
import { tinyModel } from './support/tinyModel.js';
import { toyBatches } from './support/toyBatches.js';

const learningRate = exponentialDecay({ initial: 0.1, factor: 0.5, steps: 40 });
const optimizer = sgd({ learningRate, momentum: 0.9, l2: 1e-4 });
const recipe = { model: tinyModel, optimizer, seed: 3, stepsPerEpoch: 4, batches: toyBatches() };
const evaluation = (): AsyncIterable<Batch> => toyBatches({ size: 12 })(0, 0);

/** Events as short text, with the numbers that a log would contain. */
function line(event: TrainEvent): string {
  const numbers =
    event.type === 'checkpoint' || event.type === 'update' ? '' : ` ${event.loss} ${event.accuracy}`;
  return `${event.type} ${event.step} in epoch ${event.epoch}${numbers}`;
}

/** All events of a run, and the bits of the state in its last checkpoint. */
async function record(options: FitOptions): Promise<{ lines: string[]; last: string }> {
  const lines: string[] = [];
  let last = '';
  for await (const event of fit(options)) {
    lines.push(line(event));
    if (event.type === 'checkpoint') last = await stateBytes(event.state);
  }
  return { lines, last };
}

onBackends('fit', inSoftware, () => {
  it('learns the toy problem', async () => {
    const epochs: number[] = [];
    let last: TrainEvent | undefined;
    for await (const event of fit({ ...recipe, steps: 120, evaluation })) {
      if (event.type === 'epoch') epochs.push(event.loss);
      if (event.type === 'evaluation') last = event;
    }
    expect(epochs).toHaveLength(30);
    expect(epochs.at(-1)).toBeLessThan(epochs[0]! / 2);
    expect(last).toMatchObject({ step: 120, epoch: 29, images: 24, accuracy: 1 });
  });

  it('evaluates every so many epochs and after the last step', async () => {
    const whole = await record({ ...recipe, steps: 22, evaluation });
    const rare = await record({ ...recipe, steps: 22, evaluation, evaluateEvery: 2 });
    const isEvaluation = (each: string) => each.startsWith('evaluation');
    const steps = rare.lines.filter(isEvaluation).map((each) => Number(each.split(' ')[1]));
    expect(steps).toEqual([8, 16, 22]);
    // Evaluations that are left out change neither the others nor the training.
    expect(rare.lines).toEqual(whole.lines.filter((each) => !/^evaluation (4|12|20) /.test(each)));
    expect(rare.last).toBe(whole.last);
  });

  it('hands over parameters and gradients every so many steps, and trains to the same bits', async () => {
    const options = { ...recipe, steps: 10, evaluation };
    const plain = await record(options);
    const observed = await record({ ...options, updateEvery: 3 });
    expect(observed.last).toBe(plain.last);
    const isUpdate = (each: string) => each.startsWith('update');
    expect(observed.lines.filter((each) => !isUpdate(each))).toEqual(plain.lines);
    const places = observed.lines.flatMap((each, index) => (isUpdate(each) ? [index] : []));
    expect(places.map((index) => observed.lines[index])).toEqual([
      'update 3 in epoch 0',
      'update 6 in epoch 1',
      'update 9 in epoch 2',
    ]);
    // Each before the event of its step.
    for (const index of places) {
      expect(observed.lines[index + 1]).toMatch(new RegExp(`^step ${observed.lines[index]!.split(' ')[1]} `));
    }
  });

  it('an update obeys the optimizer’s equation: after = before − η·gradient without momentum and L2', async () => {
    const plain = sgd({ learningRate: 0.25 });
    let seen = 0;
    for await (const event of fit({ ...recipe, optimizer: plain, steps: 4, updateEvery: 1 })) {
      if (event.type !== 'update') continue;
      seen++;
      expect(event.learningRate).toBe(0.25);
      expect(Object.keys(event.gradients)).toEqual(Object.keys(event.before));
      for (const path of Object.keys(event.before)) {
        const [before, gradient, after] = await Promise.all(
          [event.before, event.gradients, event.after].map((variables) => variables[path]!.data()),
        );
        // 0.25·g is exact; the difference rounds once.
        for (const [index, value] of after!.entries()) {
          expect(value).toBe(Math.fround(before![index]! - 0.25 * gradient![index]!));
        }
      }
    }
    expect(seen).toBe(4);
  });

  it('leaves no tensor if its consumer stops at an update', async () => {
    const before = memory().numTensors;
    for await (const event of fit({ ...recipe, steps: 8, updateEvery: 2 })) {
      if (event.type === 'update') break;
    }
    expect(memory().numTensors).toBe(before);
  });

  it('reports every step, and epoch, evaluation and checkpoint at each end of an epoch', async () => {
    const { lines } = await record({ ...recipe, steps: 6, evaluation });
    expect(lines.map((each) => each.split(' ').slice(0, 5).join(' '))).toEqual([
      'step 1 in epoch 0',
      'step 2 in epoch 0',
      'step 3 in epoch 0',
      'step 4 in epoch 0',
      'epoch 4 in epoch 0',
      'evaluation 4 in epoch 0',
      'checkpoint 4 in epoch 0',
      'step 5 in epoch 1',
      'step 6 in epoch 1',
      'epoch 6 in epoch 1',
      'evaluation 6 in epoch 1',
      'checkpoint 6 in epoch 1',
    ]);
  });

  it('an epoch has the mean of its steps, and the learning rate is that of the step', async () => {
    const steps: Extract<TrainEvent, { type: 'step' }>[] = [];
    for await (const event of fit({ ...recipe, steps: 8 })) {
      if (event.type === 'step') steps.push(event);
      if (event.type !== 'epoch') continue;
      const own = steps.filter(({ epoch }) => epoch === event.epoch);
      expect(own).toHaveLength(4);
      // Sums of four numbers in float64, in the same order.
      expect(event.loss).toBe(own.reduce((sum, { loss, images }) => sum + loss * images, 0) / 24);
      expect(event.accuracy).toBeCloseTo(own.reduce((sum, { accuracy }) => sum + accuracy, 0) / 4, 12);
    }
    expect(steps.map(({ learningRate }) => learningRate)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map(learningRate));
  });

  it('the same seed gives the same bits, another seed gives others', async () => {
    const one = await record({ ...recipe, steps: 10, evaluation });
    expect(await record({ ...recipe, steps: 10, evaluation })).toEqual(one);
    expect((await record({ ...recipe, seed: 4, steps: 10, evaluation })).last).not.toBe(one.last);
  });

  it.each([
    ['sgd with momentum', optimizer],
    ['clipped adamW', clipByGlobalNorm(adamW({ learningRate: constant(0.01) }), { maxNorm: 0.1 })],
  ])('stopped after any step and resumed = uninterrupted, in events and bits (%s)', async (_, used) => {
    const whole = { ...recipe, optimizer: used, steps: 10, evaluation };
    const wanted = await record(whole);
    for (let stop = 1; stop <= whole.steps; stop++) {
      const controller = new AbortController();
      const before: string[] = [];
      let state: TrainState | undefined;
      for await (const event of fit({ ...whole, signal: controller.signal })) {
        if (event.type === 'step' && event.step === stop) controller.abort();
        if (event.type === 'checkpoint' && controller.signal.aborted) state = cloneState(event.state);
        else before.push(line(event));
      }
      expect(state?.step).toBe(stop);
      const after = await record({ ...whole, state: state! });
      expect([...before, ...after.lines], `stopped after step ${stop}`).toEqual(wanted.lines);
      expect(after.last, `stopped after step ${stop}`).toBe(wanted.last);
      disposeState(state!);
    }
  });

  it('aborted during an evaluation, it evaluates when resumed', async () => {
    const controller = new AbortController();
    const whole = { ...recipe, steps: 8, evaluation };
    const wanted = await record(whole);
    const before: string[] = [];
    let state: TrainState | undefined;
    async function* interrupted(): AsyncGenerator<Batch> {
      for await (const batch of evaluation()) {
        yield batch;
        controller.abort();
      }
    }
    for await (const event of fit({ ...whole, evaluation: interrupted, signal: controller.signal })) {
      if (event.type === 'checkpoint') state = cloneState(event.state);
      else before.push(line(event));
    }
    expect(before.at(-1)).toMatch(/^step 4 /);
    const after = await record({ ...whole, state: state! });
    expect([...before, ...after.lines]).toEqual(wanted.lines);
    expect(after.last).toBe(wanted.last);
    disposeState(state!);
  });

  it('aborted during an evaluation that fails, it throws what the evaluation threw', async () => {
    const controller = new AbortController();
    async function* failing(): AsyncGenerator<Batch> {
      yield* toyBatches()(0, 3);
      controller.abort();
      throw new Error('the disk is gone');
    }
    const whole = { ...recipe, steps: 4, evaluation: failing, signal: controller.signal };
    await expect(record(whole)).rejects.toThrow('the disk is gone');
  });

  it('aborted before its first step, it only yields the checkpoint to resume from', async () => {
    const { lines } = await record({ ...recipe, steps: 4, signal: AbortSignal.abort() });
    expect(lines).toEqual(['checkpoint 0 in epoch 0']);
  });

  it('aborted at a step with a checkpoint of its own, it yields this checkpoint once', async () => {
    const controller = new AbortController();
    const lines: string[] = [];
    for await (const event of fit({ ...recipe, steps: 8, checkpointEvery: 3, signal: controller.signal })) {
      lines.push(line(event));
      if (event.type === 'step' && event.step === 3) controller.abort();
    }
    expect(lines.slice(3)).toEqual(['checkpoint 3 in epoch 0']);
  });

  it('checks its signal between steps, also on a backend that never waits', async () => {
    const controller = new AbortController();
    const turns = { steps: 240, stepsPerEpoch: 24, batches: toyBatches({ size: 1 }) };
    setImmediate(() => controller.abort());
    const { lines } = await record({ ...recipe, ...turns, signal: controller.signal });
    expect(lines.at(-1)).toMatch(/^checkpoint/);
    expect(lines.length).toBeLessThan(10);
  });

  it('checkpointEvery adds checkpoints within epochs and changes nothing else', async () => {
    const whole = { ...recipe, steps: 10, evaluation };
    const wanted = await record(whole);
    const { lines, last } = await record({ ...whole, checkpointEvery: 3 });
    // Steps 3, 6 and 9 are within an epoch of 4; steps 4, 8 and 10 are ends.
    expect(lines.filter((each) => each.startsWith('checkpoint'))).toEqual(
      [3, 4, 6, 8, 9, 10].map((step) => `checkpoint ${step} in epoch ${Math.floor((step - 1) / 4)}`),
    );
    const isAdded = (each: string) => /^checkpoint (3|6|9) /.test(each);
    expect(lines.filter((each) => !isAdded(each))).toEqual(wanted.lines);
    expect(last).toBe(wanted.last);
    // At the ends of epochs, and of the run, there is one anyway.
    const ends = await record({ ...whole, checkpointEvery: 2 });
    const isCheckpoint = (each: string) => each.startsWith('checkpoint');
    expect(ends.lines.filter(isCheckpoint).map((each) => each.split(' ')[1])).toEqual([
      '2',
      '4',
      '6',
      '8',
      '10',
    ]);
  });

  it('resumed from a checkpoint within an epoch = uninterrupted', async () => {
    const whole = { ...recipe, steps: 10, evaluation };
    const wanted = await record(whole);
    let state: TrainState | undefined;
    for await (const event of fit({ ...whole, checkpointEvery: 6 })) {
      if (event.type === 'checkpoint' && event.step === 6) state = cloneState(event.state);
    }
    const after = await record({ ...whole, state: state! });
    expect(after.lines).toEqual(wanted.lines.slice(-after.lines.length));
    expect(after.lines[0]).toMatch(/^step 7 /);
    expect(after.last).toBe(wanted.last);
    disposeState(state!);
  });

  it('a shorter run equals the beginning of a longer run, and a finished run yields no further step', async () => {
    let state: TrainState | undefined;
    for await (const event of fit({ ...recipe, steps: 4 })) {
      if (event.type === 'checkpoint') state = cloneState(event.state);
    }
    expect((await record({ ...recipe, steps: 4, state: state! })).lines).toEqual([]);
    const after = await record({ ...recipe, steps: 9, state: state! });
    expect(after.last).toBe((await record({ ...recipe, steps: 9 })).last);
    disposeState(state!);
  });

  it('a finished run that ended within an epoch yields its last events again', async () => {
    const whole = { ...recipe, steps: 6, evaluation };
    let state: TrainState | undefined;
    for await (const event of fit(whole)) {
      if (event.type === 'checkpoint' && event.step === 6) state = cloneState(event.state);
    }
    const again = await record({ ...whole, state: state! });
    const first = await record(whole);
    expect(again.lines.map((each) => each.split(' ')[0])).toEqual(['epoch', 'evaluation', 'checkpoint']);
    expect(again.lines).toEqual(first.lines.slice(-3));
    expect(again.last).toBe(first.last);
    disposeState(state!);
  });

  it('a run that ended within an epoch and is extended counts the whole epoch', async () => {
    let state: TrainState | undefined;
    for await (const event of fit({ ...recipe, steps: 6 })) {
      if (event.type === 'checkpoint' && event.step === 6) state = cloneState(event.state);
    }
    const after = await record({ ...recipe, steps: 9, state: state! });
    const wanted = await record({ ...recipe, steps: 9 });
    expect(after.lines[0]).toMatch(/^step 7 /);
    expect(after.lines).toEqual(wanted.lines.slice(-after.lines.length));
    disposeState(state!);
  });

  it('leaves no tensor if it ends, is closed early at any event, or fails', async () => {
    const before = memory().numTensors;
    const whole = { ...recipe, steps: 6, evaluation };
    const { lines } = await record(whole);
    expect(memory().numTensors).toBe(before);
    for (let close = 1; close <= lines.length; close++) {
      let seen = 0;
      for await (const _ of fit(whole)) if (++seen === close) break;
      expect(memory().numTensors, `closed at ${lines[close - 1]}`).toBe(before);
    }
    // The step after the one that diverged, or the evaluation if that was the last of its epoch.
    for (const [far, message] of [
      [2, /^TrainError: trainStep: .*step 3/],
      [4, /^TrainError: evaluate: .* must be finite/],
    ] as const) {
      const optimizer = divergingFrom(far - 1);
      expect(await messageOf(() => record({ ...whole, optimizer }))).toMatch(message);
      expect(memory().numTensors).toBe(before);
    }
  });

  it('requests the batches of an epoch from the given step on, closes them, and never requests twice', async () => {
    const calls: string[] = [];
    let [made, closed] = [0, 0];
    const batches = (epoch: number, from: number): AsyncIterable<Batch> => {
      calls.push(`${epoch} from ${from}`);
      return (async function* () {
        try {
          for await (const batch of toyBatches()(epoch, from)) {
            made++;
            yield batch;
          }
        } finally {
          closed++;
        }
      })();
    };
    for await (const _ of fit({ ...recipe, batches, steps: 6 }));
    expect(calls).toEqual(['0 from 0', '1 from 0']);
    expect(made).toBe(6);
    expect(closed).toBe(2);
  });

  it('closed early, ignores a batch that fails afterwards', async () => {
    const batches = (): AsyncIterable<Batch> =>
      (async function* () {
        yield await firstOf(toyBatches()(0, 0));
        throw new Error('the disk is gone');
      })();
    const before = memory().numTensors;
    // An unhandled rejection would end the process, and this test with it.
    for await (const _ of fit({ ...recipe, batches, steps: 4 })) break;
    await new Promise((resolve) => setImmediate(resolve));
    await expect(record({ ...recipe, batches, steps: 4 })).rejects.toThrow('the disk is gone');
    expect(memory().numTensors).toBe(before);
  });

  it('names a step whose learning rate is no number, after the events of all before', async () => {
    const rates = [0.1, 0.05];
    const optimizer = sgd({ learningRate: (step) => rates[step]!, momentum: 0.9 });
    const before = memory().numTensors;
    const ends: number[] = [];
    const message = await messageOf(async () => {
      for await (const event of fit({ ...recipe, optimizer, steps: 4 })) ends.push(event.step);
    });
    expect(ends).toEqual([1, 2]);
    expect(message).toBe('OptionError: sgd: learningRate(2) must be finite in float32 and ≥ 0.');
    expect(memory().numTensors).toBe(before);
    // Rates of later steps are not asked for.
    const { lines } = await record({ ...recipe, optimizer, steps: 2 });
    expect(lines.map((each) => each.split(' ', 2).join(' '))).toEqual([
      'step 1',
      'step 2',
      'epoch 2',
      'checkpoint 2',
    ]);
  });

  it('throws what a step has thrown, not what closing the batches throws after it', async () => {
    const before = memory().numTensors;
    const closedBadly = (labels: Int32Array): (() => AsyncIterable<Batch>) =>
      async function* () {
        try {
          for await (const batch of toyBatches()(0, 0)) yield { ...batch, labels };
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: this is the fault
          throw new Error('the file is closed already');
        }
      };
    const good = Int32Array.of(0, 1, 2, 0, 1, 2);
    const run = (labels: Int32Array) => record({ ...recipe, batches: closedBadly(labels), steps: 4 });
    await expect(run(Int32Array.of(0, 1, 2, 0, 1, 99))).rejects.toThrow(
      'trainStep: batch.labels[5] must be in [0, 3)',
    );
    expect(memory().numTensors).toBe(before);
    await expect(run(good)).rejects.toThrow('the file is closed already');
    expect(memory().numTensors).toBe(before);
    const closed = async () => {
      for await (const _ of fit({ ...recipe, batches: closedBadly(good), steps: 4 })) break;
    };
    await expect(closed()).rejects.toThrow('the file is closed already');
    expect(memory().numTensors).toBe(before);
  });

  it('names what is wrong: options at once, batches when they arrive', async () => {
    const short = (epoch: number): AsyncIterable<Batch> => toyBatches()(epoch, 1);
    const state: TrainState = { params: {}, stats: {}, optimizer: {}, step: 5 };
    const failing = (): AsyncIterable<Batch> => ({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('the disk is gone')) }),
    });
    const tensors = memory().numTensors;
    expect([
      await messageOf(() => fit({ ...recipe, steps: 0 })),
      await messageOf(() => fit({ ...recipe, steps: 1, stepsPerEpoch: 0.5 })),
      await messageOf(() => fit({ ...recipe, steps: 1, checkpointEvery: 0 })),
      await messageOf(() => fit({ ...recipe, steps: 1, seed: -1 })),
      await messageOf(() => fit({ ...recipe, steps: 4, state })),
      await messageOf(() => record({ ...recipe, steps: 9, batches: short })),
    ]).toMatchInlineSnapshot(`
      [
        "OptionError: fit: steps must be an integer ≥ 1, got 0.",
        "OptionError: fit: stepsPerEpoch must be an integer ≥ 1, got 0.5.",
        "OptionError: fit: checkpointEvery must be an integer ≥ 1, got 0.",
        "OptionError: fit: seed must be an integer in [0, 2^32), got -1.",
        "OptionError: fit: steps must be at least the steps done by the state, 5, got 4.",
        "TrainError: fit: batches(0, …) must yield every step of its epoch, got "1 too few" (stepsPerEpoch counts the batches of one epoch).",
      ]
    `);
    await expect(record({ ...recipe, steps: 1, batches: failing })).rejects.toThrow('the disk is gone');
    expect(memory().numTensors).toBe(tensors);
  });
});
