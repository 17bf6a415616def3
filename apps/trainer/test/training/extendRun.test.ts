import { messageOf } from '@normlab/testing';
import { describe, expect, it } from 'vitest';
import type { RunConfig } from '../../src/runFolder/runConfig.js';
import { resolveSettings } from '../../src/settings/resolveSettings.js';
import type { SomeSettings } from '../../src/settings/settings.js';
import { extendRun } from '../../src/training/extendRun.js';

/** A run of 8 steps in 2 epochs. */
const begun = (settings: SomeSettings): RunConfig => ({
  format: 'normlab-run-1',
  settings: resolveSettings({ epochs: 2, ...settings }),
  spec: { name: 'none', input: [1, 1, 1], classes: 2, layers: [] },
  length: { steps: 8, stepsPerEpoch: 4 },
  dataset: { trainImages: 64, testImages: 20, shape: [1, 1, 1], classes: [], sha256: '' },
  backend: { name: 'wasm', description: '', threads: 1 },
  versions: {},
});

const constant = begun({ schedule: 'constant' });

describe('extendRun', () => {
  it('changes length and settings, and notes what it was', () => {
    const longer = extendRun(constant, { epochs: 4 });
    expect(longer).toEqual({
      ...constant,
      settings: { ...constant.settings, epochs: 4 },
      length: { steps: 16, stepsPerEpoch: 4 },
      extended: [{ fromSteps: 8, toSteps: 16 }],
    });
    const { settings, extended } = extendRun(longer, { steps: 18 });
    expect(extended).toEqual([
      { fromSteps: 8, toSteps: 16 },
      { fromSteps: 16, toSteps: 18 },
    ]);
    expect([settings.epochs, settings.steps]).toEqual([undefined, 18]);
  });

  it.each([{}, { epochs: 2 }, { steps: 8 }])('keeps a run that is to be no longer: %j', (wanted) => {
    expect(extendRun(constant, wanted)).toBe(constant);
  });

  it.each([
    { schedule: 'constant', warmupSteps: 3 },
    { schedule: 'piecewise', boundaries: [4, 12] },
    { schedule: 'exponential', decaySteps: 5 },
  ] as const)('extends a run whose learning rate does not depend on its length: %j', (settings) => {
    expect(extendRun(begun(settings), { epochs: 3 }).length.steps).toBe(12);
  });

  it('says why others cannot be extended, and that a run gets no shorter', async () => {
    const cases = [
      [{ schedule: 'cosine' }, { epochs: 3 }],
      [{ schedule: 'exponential' }, { steps: 9 }],
      [{ schedule: 'constant' }, { epochs: 1 }],
      [{ schedule: 'constant' }, { steps: 7 }],
      // 2⁵³ steps, one more than config.json can hold.
      [{ schedule: 'constant' }, { epochs: 2 ** 51 }],
    ] as const;
    const messages = cases.map(([settings, wanted]) => messageOf(() => extendRun(begun(settings), wanted)));
    expect(await Promise.all(messages)).toMatchInlineSnapshot(`
      [
        "OptionError: normlab train: --epochs must be left out, because the learning rate of the run to resume ends with step 8, got 3 (a run can be extended with --schedule constant, piecewise, or exponential with --decay-steps; its schedule is cosine).",
        "OptionError: normlab train: --steps must be left out, because the learning rate of the run to resume ends with step 8, got 9 (a run can be extended with --schedule constant, piecewise, or exponential with --decay-steps; its schedule is exponential).",
        "OptionError: normlab train: --epochs must be at least 2, the epochs of the run to resume, got 1.",
        "OptionError: normlab train: --steps must be at least 8, the steps of the run to resume, got 7.",
        "OptionError: normlab train: --epochs must be at most 2251799813685247, so that all steps can be counted, got 2251799813685248.",
      ]
    `);
  });
});
