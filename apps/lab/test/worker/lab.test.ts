import { memory } from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { defaultSettings, type RunSettings } from '../../src/runSettings.js';
import { Lab } from '../../src/worker/lab.js';
import { measure } from '../../src/worker/measure.js';

vi.mock(import('../../src/worker/measure.js'), async (original) => {
  const real = await original();
  return { ...real, measure: vi.fn(real.measure) };
});

const settings: RunSettings = { ...defaultSettings, width: 0.02, epochs: 1, batch: 10 };
const kernel = 'conv1/kernel';

const lab = new Lab();

it('a network that cannot be measured leaves the one before open, and no tensors', async () => {
  await lab.open(settings);
  const { numTensors } = memory();
  const before = await lab.scale(kernel, 1);
  vi.mocked(measure).mockRejectedValueOnce(new Error('The device is lost.'));
  await expect(lab.open({ ...settings, model: 'nin' })).rejects.toThrow('The device is lost.');
  expect(await lab.scale(kernel, 1)).toEqual(before);
  expect(memory().numTensors).toBe(numTensors);
});
