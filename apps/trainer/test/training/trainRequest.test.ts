import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { allCnn } from '@normlab/models';
import { messageOf } from '@normlab/testing';
import { describe, expect, it } from 'vitest';
import { reloadData } from '../../src/fromSettings/data.js';
import type { Flags } from '../../src/settings/readOptions.js';
import { readTrainRequest } from '../../src/training/trainRequest.js';
import { temporaryFolder } from '../commands/spawnNormlab.js';

describe('readTrainRequest', () => {
  it('takes the paths in a recipe as seen from the recipe, also from one that it extends', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'base'));
    writeFileSync(
      join(folder, 'base', 'a.json'),
      '{ "dataset": "cifar10", "data": "../cifar", "spec": "net.json" }',
    );
    writeFileSync(join(folder, 'b.json'), '{ "extends": "base/a.json", "batch": 8 }');
    const { settings } = await readTrainRequest({ recipe: join(folder, 'b.json') });
    expect(settings).toMatchObject({
      data: join(folder, 'cifar'),
      spec: join(folder, 'base', 'net.json'),
      batch: 8,
    });
    const moved = await readTrainRequest({ recipe: join(folder, 'b.json'), data: 'here' });
    expect(moved.settings.data).toBe(resolve('here'));
  });

  it('keeps the place of the data as seen from everywhere', async () => {
    const data = relative(process.cwd(), join(temporaryFolder(), 'cifar'));
    const { settings } = await readTrainRequest({ dataset: 'cifar10', data });
    expect(settings.data).toBe(resolve(data));
  });
});

/** Writes the folder of a run as `normlab train` with these flags begins it. */
async function begin(flags: Flags): Promise<string> {
  const folder = temporaryFolder();
  const { settings } = await readTrainRequest(flags);
  const config = {
    format: 'normlab-run-1',
    settings,
    spec: allCnn(),
    length: { steps: 8, stepsPerEpoch: 1 },
    dataset: { trainImages: 4, testImages: 2, shape: [32, 32, 3], classes: ['a', 'b'], sha256: '' },
    backend: { name: 'wasm', description: 'wasm', threads: 1 },
    versions: {},
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  return folder;
}

function recipe(settings: object): string {
  const file = join(temporaryFolder(), 'recipe.json');
  writeFileSync(file, JSON.stringify(settings));
  return file;
}

describe('readTrainRequest with --resume', () => {
  it.each<[string, Flags]>([
    [
      'another optimizer than the recipe',
      { recipe: 'all-cnn-quarter', dataset: 'built-in', optimizer: 'adamw' },
    ],
    [
      'another schedule than the recipe',
      { recipe: 'all-cnn-quarter', dataset: 'built-in', schedule: 'constant' },
    ],
    ['a spec in place of the recipe’s model', { recipe: recipe({ width: 0.5 }), spec: 'net.json' }],
    [
      'a model in place of the recipe’s spec',
      { recipe: recipe({ spec: 'net.json' }), model: 'nin', width: '1' },
    ],
    ['a recipe that records one thing', { recipe: recipe({ record: 'norms' }) }],
  ])('takes the command line that began the run: %s', async (_, flags) => {
    const resume = await begin(flags);
    const { settings } = await readTrainRequest({ ...flags, resume });
    expect(settings).toEqual({ ...(await readTrainRequest(flags)).settings, threads: 1 });
  });

  it('takes one name for a list of one, as recipes write it and flags do not', async () => {
    const [inRecipe, byFlag] = [{ recipe: recipe({ record: 'norms' }) }, { record: 'norms' }];
    for (const [began, goesOn] of [
      [inRecipe, byFlag],
      [byFlag, inRecipe],
    ] as const) {
      const resume = await begin(began);
      expect(await readTrainRequest({ ...goesOn, resume })).toMatchObject({ kind: 'resume', folder: resume });
    }
  });

  it('still refuses what differs, naming the setting on which the others depend', async () => {
    const resume = await begin({ optimizer: 'adamw' });
    const messages = [
      { recipe: recipe({ optimizer: 'sgd', momentum: 0.5 }) },
      { optimizer: 'sgd', momentum: '0.5' },
      { momentum: '0.5' },
      { record: 'norms' },
    ].map((flags) => messageOf(() => readTrainRequest({ ...flags, resume })));
    expect(await Promise.all(messages)).toMatchInlineSnapshot(`
      [
        "OptionError: normlab train: --optimizer must be "adamw", as in the run to resume, got "sgd" (with --resume, leave out all settings but a greater --epochs or --steps).",
        "OptionError: normlab train: --optimizer must be "adamw", as in the run to resume, got "sgd" (with --resume, leave out all settings but a greater --epochs or --steps).",
        "OptionError: normlab train: --momentum must be left out, as in the run to resume, got 0.5 (with --resume, leave out all settings but a greater --epochs or --steps).",
        "OptionError: normlab train: --record must be left out, as in the run to resume, got ["norms"] (with --resume, leave out all settings but a greater --epochs or --steps).",
      ]
    `);
  });
});

it('reloadData says how to name the folder of data that have moved', async () => {
  const listener = { decoded: () => {}, ended: () => {}, warn: () => {} };
  expect(await messageOf(() => reloadData({ dataset: 'cifar10', data: 'no/such/folder' }, listener))).toBe(
    'DataError: run folder: no/such/folder must be the folder of the data that the run was started on, got "nothing there" (say by --data where that folder is now).',
  );
});
