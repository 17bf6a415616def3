import type { Model } from '@normlab/models';
import { inSoftware, onBackends } from '@normlab/testing';
import {
  crossEntropy,
  disposeState,
  fit,
  initState,
  type Loss,
  type Optimizer,
  sgd,
  trainStep,
} from '@normlab/train';
import { dispose, memory, mul } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { firstOf } from './support/firstOf.js';
import { stateBytes } from './support/stateBytes.js';
import { tinyModel } from './support/tinyModel.js';
import { toyBatches } from './support/toyBatches.js';

/** A model whose new statistics are the tensors of the given ones. */
const frozen: Model = {
  ...tinyModel,
  applyWith: (params, stats, x, options) => {
    const { stats: moved, ...outputs } = tinyModel.applyWith(params, stats, x, options);
    dispose(moved);
    return { ...outputs, stats };
  },
  applyTrain: (params, stats, x, options) => {
    const { taps, ...outputs } = frozen.applyWith(params, stats, x, { ...options, taps: [] });
    return outputs;
  },
};

const optimizer = sgd({ learningRate: 0.125, momentum: 0.9 });
const recipe = { model: frozen, optimizer, seed: 3, steps: 4, stepsPerEpoch: 4, batches: toyBatches() };

onBackends('statistics that a model passes on from state to state', inSoftware, () => {
  it('stay what they were during a training', async () => {
    const before = memory().numTensors;
    for await (const event of fit(recipe)) {
      if (event.type !== 'checkpoint') continue;
      expect([...(await event.state.stats['norm1/variance']!.data())]).toEqual([1, 1, 1, 1, 1]);
    }
    expect(memory().numTensors).toBe(before);
  });

  it('are left alone by a step whose loss or gradients are not finite', async () => {
    const batch = await firstOf(toyBatches()(0, 0));
    const state = initState(frozen, optimizer, 1);
    const [bytes, tensors] = [await stateBytes(state), memory().numTensors];
    const large = { ...batch, images: batch.images.map((value) => value * 1e38) };
    const infinite: Loss = (logits, labels) => mul(crossEntropy(logits, labels), Number.POSITIVE_INFINITY);
    for (const [loss, given] of [
      [crossEntropy, large],
      [infinite, batch],
    ] as const) {
      await expect(trainStep(frozen, optimizer, loss)(state, given)).rejects.toThrow(/step 1 must be finite/);
      expect(await stateBytes(state)).toBe(bytes);
      expect(memory().numTensors).toBe(tensors);
    }
    disposeState(state);
  });

  it('are left alone by a step begun ahead that fails, or is dropped', async () => {
    const failing: Optimizer = {
      ...optimizer,
      update: (gradients, state, params, step) => {
        if (step === 3) throw new Error('no memory');
        return optimizer.update(gradients, state, params, step);
      },
    };
    const before = memory().numTensors;
    const read: number[] = [];
    const ahead = { ...recipe, checkpointEvery: 1, overlap: true };
    const run = async () => {
      for await (const event of fit({ ...ahead, optimizer: failing })) {
        if (event.type === 'checkpoint' && (await stateBytes(event.state)) !== '') read.push(event.step);
      }
    };
    await expect(run()).rejects.toThrow('no memory');
    // The fourth step has failed before the third checkpoint is read.
    expect(read).toEqual([1, 2, 3]);
    expect(memory().numTensors).toBe(before);

    const controller = new AbortController();
    for await (const event of fit({ ...ahead, signal: controller.signal })) {
      if (event.type === 'step') controller.abort();
      else if (event.type === 'checkpoint') expect(await stateBytes(event.state)).not.toBe('');
    }
    expect(memory().numTensors).toBe(before);
  });
});
