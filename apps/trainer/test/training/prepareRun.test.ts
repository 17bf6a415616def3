import { messageOf } from '@normlab/testing';
import { describe, expect, it } from 'vitest';
import { resolveSettings } from '../../src/settings/resolveSettings.js';
import type { SomeSettings } from '../../src/settings/settings.js';
import { prepareRun } from '../../src/training/prepareRun.js';

const listener = { decoded: () => {}, ended: () => {}, warn: () => {} };

/** Prepares a run of 4 steps per epoch. */
const prepare = (flags: SomeSettings) => {
  const settings = resolveSettings({ width: 0.03, trainImages: 64, testImages: 20, batch: 16, ...flags });
  return prepareRun({ kind: 'new', settings, out: undefined, recipe: undefined }, 'folder', listener);
};

describe('prepareRun', () => {
  it.each<[SomeSettings, number]>([
    [{ epochs: 3 }, 12],
    [{ steps: 7 }, 7],
    [{ epochs: 2 ** 51 - 1 }, 2 ** 53 - 4],
  ])('counts the steps of the run: %j', async (flags, steps) => {
    expect((await prepare(flags)).length).toEqual({ steps, stepsPerEpoch: 4 });
  });

  it('refuses epochs whose steps config.json could not hold', async () => {
    expect(await messageOf(() => prepare({ epochs: 2 ** 51 }))).toMatchInlineSnapshot(
      `"OptionError: normlab train: --epochs must be at most 2251799813685247, so that all steps can be counted, got 2251799813685248."`,
    );
  });
});
