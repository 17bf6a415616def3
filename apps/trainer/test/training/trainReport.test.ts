import { buildModel, network } from '@normlab/models';
import { expect, it } from 'vitest';
import { resolveSettings } from '../../src/settings/resolveSettings.js';
import { introduce } from '../../src/training/trainReport.js';

/** What a run says of its training before it begins. */
function trainingLine(batch: number, trainImages: number, steps: number): string | undefined {
  const { spec } = buildModel(network('all-cnn', { width: 0.03 }));
  const said: string[] = [];
  const dataset = { trainImages, testImages: 10, shape: [32, 32, 3] as [number, number, number] };
  const run = {
    ...{ folder: 'run', settings: resolveSettings({ batch }), spec },
    dataset: { ...dataset, classes: [], sha256: '' },
    length: { steps, stepsPerEpoch: Math.ceil(trainImages / batch) },
  };
  const silent = { result: () => {}, warn: () => {}, watched: false, json: false, columns: () => 80 };
  const backend = { description: 'wasm' };
  introduce(run, backend, { ...silent, say: (text) => said.push(text) });
  return said.find((line) => line.startsWith('training'));
}

it('says how long the training is, in images that there are', () => {
  expect(trainingLine(16, 64, 8)).toBe('training  8 steps of 16 images (2 epochs), seed 1');
  expect(trainingLine(16, 64, 2)).toBe('training  2 steps of 16 images (0.5 epochs), seed 1');
  expect(trainingLine(128, 40, 3)).toBe('training  3 steps of 40 images (3 epochs), seed 1');
  expect(trainingLine(128, 1, 1)).toBe('training  1 step of 1 image (1 epoch), seed 1');
});
