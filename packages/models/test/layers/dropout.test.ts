import { buildModel, type ModelSpec } from '@normlab/models';
import { withBackend } from '@normlab/testing';
import { ones } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';

withBackend('cpu');

const spec: ModelSpec = {
  name: 'two-dropouts',
  input: [24, 24, 8],
  classes: 8,
  layers: [
    { type: 'dropout', name: 'first', dropRate: 0.5 },
    { type: 'dropout', name: 'second', dropRate: 0.5 },
    { type: 'globalPool', name: 'pool' },
  ],
};
const model = buildModel(spec);

/** The mean over all pixels and channels of an image of ones. */
function meanOf(seed: number): number {
  const { logits } = model.applyTrain({}, {}, ones([1, ...spec.input]), { seed });
  const values = logits.dataSync<'float32'>();
  return values.reduce((a, b) => a + b, 0) / values.length;
}

it('each layer drops its own values: 1 is kept as 4 with probability ¼', () => {
  // n = 24·24·8 values of variance 4²/4 − 1 = 3; five standard errors. One mask for both layers would give 2.
  expect(Math.abs(meanOf(1) - 1)).toBeLessThan(5 * Math.sqrt(3 / (24 * 24 * 8)));
});

it('another step drops other values; the same step drops the same', () => {
  expect(meanOf(2)).not.toBe(meanOf(1));
  expect(meanOf(1)).toBe(meanOf(1));
});

it('inference drops nothing', () => {
  const logits = model.applyInfer({}, {}, ones([1, ...spec.input]));
  expect([...logits.dataSync()]).toEqual(Array(8).fill(1));
});
