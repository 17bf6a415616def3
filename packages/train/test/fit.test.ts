import { type OpenBackend, openBackend } from '@normlab/backends';
import { constant, fit, sgd, type TrainEvent } from '@normlab/train';
import { memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel } from './support/tinyModel.js';
import { toyBatches } from './support/toyBatches.js';

let backend: OpenBackend;
beforeAll(async () => {
  backend = await openBackend('cpu');
});
afterAll(() => backend.close());

const optimizer = sgd({ learningRate: constant(0.1), momentum: 0.9, l2: 1e-4 });
const recipe = { model: tinyModel, optimizer, seed: 3, stepsPerEpoch: 4, batches: toyBatches() };

describe('fit', () => {
  it('learns the toy problem', async () => {
    const epochs: TrainEvent[] = [];
    let last: TrainEvent | undefined;
    const evaluation = () => toyBatches()(0, 0);
    for await (const event of fit({ ...recipe, steps: 120, evaluation })) {
      if (event.type === 'epoch') epochs.push(event);
      if (event.type === 'evaluation') last = event;
    }
    expect(epochs).toHaveLength(30);
    expect(last).toMatchObject({ step: 120, epoch: 29, images: 24, accuracy: 1 });
  });

  it('leaves no tensor', async () => {
    const before = memory().numTensors;
    for await (const event of fit({ ...recipe, steps: 6 }))
      if (event.type === 'step' && event.step === 3) break;
    expect(memory().numTensors).toBe(before);
    for await (const _ of fit({ ...recipe, steps: 6 }));
    expect(memory().numTensors).toBe(before);
  });
});
