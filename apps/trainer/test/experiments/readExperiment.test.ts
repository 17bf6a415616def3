import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { readExperiment } from '../../src/experiments/readExperiment.js';

it('places folders of data as a run’s config.json does, so that runs are found by them', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'normlab-')), 'folders.json');
  const experiment = {
    title: 'Two folders',
    extends: './mine.json',
    settings: { dataset: 'images', data: 'c' },
    arms: [{ data: ['./a', 'b'] }, { norm: ['bn'] }],
    when: [{ arm: { data: 'b' }, settings: { data: 'd' } }],
    seeds: 1,
    reference: { data: './a' },
  };
  await writeFile(file, JSON.stringify(experiment));
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((folder) => resolve(folder));
  expect((await readExperiment(file)).experiment).toMatchObject({
    extends: resolve(file, '../mine.json'),
    settings: { dataset: 'images', data: c },
    arms: [{ data: [a, b] }, { norm: ['bn'] }],
    when: [{ arm: { data: b }, settings: { data: d } }],
    reference: { data: a },
  });
});
