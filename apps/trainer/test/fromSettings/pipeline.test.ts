import { crop24, type Image, padCropFlip, plain } from '@normlab/datasets';
import { deriveSeed, randomStream } from '@normlab/random';
import { expect, it } from 'vitest';
import { makePipeline } from '../../src/fromSettings/pipeline.js';
import { resolveSettings } from '../../src/settings/resolveSettings.js';

const statistics = { mean: [10, 20, 30], sd: [1, 2, 4] } as never;
const stream = () => randomStream(deriveSeed(1, 'pipeline'));
const image: Image = {
  shape: [32, 32, 3],
  values: Float32Array.from({ length: 32 * 32 * 3 }, (_, i) => (7 * i) % 256),
};

it.each([
  ['pad-crop-flip', padCropFlip(statistics)],
  ['plain', plain(statistics)],
] as const)('%s, with the statistics of the training set', (pipeline, expected) => {
  const made = makePipeline(resolveSettings({ pipeline }), () => statistics);
  expect(made.train(image, stream())).toEqual(expected.train(image, stream()));
  expect(made.evaluate(image)).toEqual(expected.evaluate(image));
});

it('crop-24, without asking for statistics', () => {
  const never = () => {
    throw new Error('nobody needs them');
  };
  expect(makePipeline(resolveSettings({ pipeline: 'crop-24' }), never)).toBe(crop24);
});
