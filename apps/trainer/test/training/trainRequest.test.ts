import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { messageOf } from '@normlab/testing';
import { describe, expect, it } from 'vitest';
import { reloadData } from '../../src/fromSettings/data.js';
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

it('reloadData says how to name the folder of data that have moved', async () => {
  const listener = { decoded: () => {}, ended: () => {}, warn: () => {} };
  expect(await messageOf(() => reloadData({ dataset: 'cifar10', data: 'no/such/folder' }, listener))).toBe(
    'DataError: run folder: no/such/folder must be the folder of the data that the run was started on, got "nothing there" (say by --data where that folder is now).',
  );
});
