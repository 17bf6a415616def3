import { type OpenBackend, openBackend } from '@normlab/backends';
import { messageOf } from '@normlab/testing';
import { crossEntropy, disposeState, fit, initState, type Loss, sgd, trainStep } from '@normlab/train';
import { backend as activeBackend, memory } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchDevice } from '../src/deviceWatch.js';
import { firstOf } from './support/firstOf.js';
import { tinyModel } from './support/tinyModel.js';
import { toyBatches } from './support/toyBatches.js';

let backend: OpenBackend;
beforeEach(async () => {
  backend = await openBackend('cpu');
});
afterEach(() => backend.close());

type Handler = ((event: object) => unknown) | null;

/** Gives the active backend a device, as tfjs's WebGPU backend has one; `fail` is what a browser does on an error. */
function plantDevice(handler: Handler = null) {
  const device: { onuncapturederror: Handler } = { onuncapturederror: handler };
  Object.assign(activeBackend(), { device });
  return {
    device,
    fail: (message: string) => device.onuncapturederror?.({ error: { message } }),
  };
}

describe('watchDevice', () => {
  it('reports no error on a backend without a device, and with a device that has had none', () => {
    expect(watchDevice()(1)).toBeUndefined();
    plantDevice();
    expect(watchDevice()(1)).toBeUndefined();
    Object.assign(activeBackend(), { device: {} });
    expect(watchDevice()(1)).toBeUndefined();
    Object.assign(activeBackend(), { device: undefined });
    expect(watchDevice()(1)).toBeUndefined();
  });

  it('reports the first error of a device for good, to those who watch it later too', () => {
    const { fail } = plantDevice();
    const early = watchDevice();
    fail('too many buffers');
    fail('another');
    const message =
      'trainStep: the device of the backend "cpu" in step 7 must compute without error, got "too many buffers" ' +
      '(what was computed since is lost: begin again from a checkpoint, with a new backend).';
    expect(early(7)?.message).toBe(message);
    expect(watchDevice()(7)?.message).toBe(message);
    // Where a later step has begun, it may be the one.
    expect(early(7, 8)?.message).toContain('in steps 7 to 8 must');
    expect(early(7, 7)?.message).toBe(message);
  });

  it('calls the handler that the device had, once per error, however often it is watched', () => {
    const seen: object[] = [];
    const { device, fail } = plantDevice(function (this: unknown, event) {
      seen.push({ self: this, event });
      return 'handled';
    });
    watchDevice();
    const own = device.onuncapturederror;
    watchDevice();
    // A handler for each of a training's steps would call one another ever deeper.
    expect(device.onuncapturederror).toBe(own);
    expect(fail('lost')).toBe('handled');
    expect(seen).toEqual([{ self: device, event: { error: { message: 'lost' } } }]);
  });

  it('makes a step fail, which names itself and leaves no tensor', async () => {
    const { fail } = plantDevice();
    const optimizer = sgd({ learningRate: 0.125 });
    const batch = await firstOf(toyBatches()(0, 0));
    const state = { ...initState(tinyModel, optimizer, 1), step: 41 };
    const tensors = memory().numTensors;
    const step = trainStep(tinyModel, optimizer, (...given) => {
      fail('out of memory');
      return crossEntropy(...given);
    });
    expect(await messageOf(() => step(state, batch))).toContain(
      'trainStep: the device of the backend "cpu" in step 42 must compute without error, got "out of memory"',
    );
    expect(memory().numTensors).toBe(tensors);
    disposeState(state);
  });

  it('names both steps where the second was begun before the error was found', async () => {
    const { fail } = plantDevice();
    const tensors = memory().numTensors;
    let begun = 0;
    const loss: Loss = (...given) => {
      if (++begun === 2) fail('out of memory');
      return crossEntropy(...given);
    };
    const run = async () => {
      const optimizer = sgd({ learningRate: 0.125 });
      const options = { model: tinyModel, optimizer, loss, seed: 1, steps: 4, stepsPerEpoch: 4 };
      for await (const _ of fit({ ...options, batches: toyBatches(), overlap: true }));
    };
    await expect(run()).rejects.toThrow('in steps 1 to 2 must compute without error, got "out of memory"');
    expect(memory().numTensors).toBe(tensors);
  });
});
