import { allCnn, buildModel } from '@normlab/models';
import { type Batch, crossEntropy, type FitOptions, fit, type Loss, sgd } from '@normlab/train';
import { memory, scalar, square } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { describeBeside } from '../support/backends.js';
import { normals } from '../support/tensors.js';

const images = 4;

async function* batches(): AsyncGenerator<Batch> {
  for (let n = 0; n < 3; n++) {
    yield {
      images: normals(n + 1, images, 8, 8, 3).data,
      labels: Int32Array.from({ length: images }, (_, i) => (n + i) % 10),
      shape: [images, 8, 8, 3],
    };
  }
}

/** The steps of a short training in the order in which they begin and end, and what its events say, `most` at most. */
async function trained(options: Partial<FitOptions>, most = Number.POSITIVE_INFINITY) {
  const order: string[] = [];
  const events: string[] = [];
  const loss: Loss = (...given) => {
    order.push('begin');
    return crossEntropy(...given);
  };
  const model = buildModel(allCnn({ width: 1 / 12, input: [8, 8, 3] }));
  const optimizer = sgd({ learningRate: 0.05, momentum: 0.9, l2: 0.001 });
  const run = { model, optimizer, loss, seed: 1, steps: 6, stepsPerEpoch: 3, batches, ...options };
  for await (const event of fit(run)) {
    if (event.type === 'step') order.push('end');
    if (event.type === 'checkpoint') {
      const values = await Promise.all(Object.values(event.state.params).map((each) => each.data()));
      events.push(JSON.stringify([event.step, values.map((each) => [...each])]));
    } else events.push(JSON.stringify(event));
    if (events.length === most) break;
  }
  return { order, events };
}

await describeBeside('webgpu', { adapter: 'software' }, (compute) => {
  describe('fit', () => {
    it('begins a step before it waits for the one before, with the same bits as one after another', async () => {
      await compute('webgpu', async () => {
        const alone = await trained({ overlap: false });
        const tensors = memory().numTensors;
        const overlapping = await trained({});
        expect(memory().numTensors).toBe(tensors);
        expect(alone.order).toEqual(Array(6).fill(['begin', 'end']).flat());
        const epoch = ['begin', 'begin', 'end', 'begin', 'end', 'end'];
        expect(overlapping.order).toEqual([...epoch, ...epoch]);
        expect(overlapping.events).toEqual(alone.events);
        for (const closed of [1, 2, 4]) {
          expect((await trained({}, closed)).events).toEqual(alone.events.slice(0, closed));
          expect(memory().numTensors).toBe(tensors);
        }
        // The device has done all that was asked of it before: a failed read of a dropped step would be an unhandled
        // rejection now.
        const last = square(scalar(3));
        expect([...(await last.data())]).toEqual([9]);
        last.dispose();
      });
    });
  });
});
