import { memory, Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { defaultSettings, type RunSettings } from '../../src/runSettings.js';
import { Lab } from '../../src/worker/lab.js';
import { measure } from '../../src/worker/measure.js';
import type { ScaledKernel } from '../../src/worker/scaleKernel.js';

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

it('while a network trains, the invariances are those of the network that stood still last', async () => {
  await lab.open(settings);
  const { numTensors } = memory();
  const before = await lab.scale(kernel, 1);
  const during: Promise<ScaledKernel>[] = [];
  await lab.train((event) => {
    if (event.type !== 'measured' || event.measured.step === 0) return;
    during.push(lab.scale(kernel, 1));
    lab.stop();
  });
  expect(during.length).toBeGreaterThan(0);
  for (const point of await Promise.all(during)) expect(point).toEqual(before);
  const after = await lab.scale(kernel, 1);
  expect(after.loss).not.toBe(before.loss);
  expect(memory().numTensors).toBe(numTensors);
});

describe('while values are read back slowly, as on a GPU', () => {
  /** Values come after a turn of the event loop; a tensor that is disposed has none. */
  function readSlowly(): void {
    const read = Tensor.prototype.data;
    const slow = vi.spyOn(Tensor.prototype, 'data').mockImplementation(async function (this: Tensor) {
      await new Promise((resolve) => setTimeout(resolve));
      return read.call(this);
    } as typeof read);
    onTestFinished(() => slow.mockRestore());
  }

  it('files are those of the network that was open when they were asked for', async () => {
    await lab.open(settings);
    const expected = await lab.save();
    readSlowly();
    const [files] = await Promise.all([lab.save(), lab.open({ ...settings, seed: 2 })]);
    expect(files).toEqual(expected);
  });

  it('a factor is that of the network that was open when it was asked for', async () => {
    await lab.open(settings);
    const expected = await lab.scale(kernel, 2);
    readSlowly();
    const [scaled] = await Promise.all([lab.scale(kernel, 2), lab.open({ ...settings, seed: 2 })]);
    expect(scaled).toEqual(expected);
  });
});
