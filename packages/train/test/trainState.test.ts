import { deriveSeed } from '@normlab/random';
import { inSoftware, onBackends } from '@normlab/testing';
import { cloneState, disposeState, initState, sgd } from '@normlab/train';
import { memory, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { stateBytes } from './support/stateBytes.js';
import { tinyModel } from './support/tinyModel.js';

const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 });

onBackends('a state', inSoftware, () => {
  it('begins with the variables of deriveSeed(seed, "init"), so that other uses of the seed draw other numbers', async () => {
    const state = initState(tinyModel, optimizer, 3);
    const { params, stats } = tinyModel.init(deriveSeed(3, 'init'));
    const wanted = { params, stats, optimizer: optimizer.init(params), step: 0 };
    expect(await stateBytes(state)).toBe(await stateBytes(wanted));
    disposeState(state);
    disposeState(wanted);
  });

  it('is cloned as a whole, and the clone lives on', async () => {
    const progress = { loss: 1.5, correct: 2, images: 6 };
    const state = { ...initState(tinyModel, optimizer, 3), step: 7, progress };
    const bytes = await stateBytes(state);
    const clone = cloneState(state);
    disposeState(state);
    expect(await stateBytes(clone)).toBe(bytes);
    disposeState(clone);
  });

  it('is disposed except for what another state holds', async () => {
    const before = memory().numTensors;
    const state = initState(tinyModel, optimizer, 3);
    const next = { ...state, params: { ...state.params, 'dense/bias': zeros([3]) }, step: 1 };
    disposeState(state, next);
    expect(memory().numTensors).toBe(before + 8);
    await stateBytes(next);
    disposeState(next);
    expect(memory().numTensors).toBe(before);
  });
});
