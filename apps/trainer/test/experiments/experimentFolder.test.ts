import { relative, resolve } from 'node:path';
import { type Experiment, parseExperiment } from '@normlab/experiments';
import { messageOf } from '@normlab/testing';
import { expect, it } from 'vitest';
import { claimExperiment, recipeFileOf } from '../../src/experiments/experimentFolder.js';
import { planRuns } from '../../src/experiments/planRuns.js';
import { readRecipe } from '../../src/settings/readRecipe.js';
import { temporaryFolder } from '../commands/spawnNormlab.js';

const json = {
  title: 'Tiny',
  settings: { batch: 16 },
  arms: { norm: ['bn'] },
  seeds: 3,
  reference: { norm: 'bn' },
};
const tiny = parseExperiment(json, { where: 'tiny' });

it('a folder is continued with the same experiment or more seeds, and refused with another', async () => {
  const folder = temporaryFolder();
  const claim = async (experiment: Experiment) => (await claimExperiment(folder, experiment, [])).release();
  const complaint = async (experiment: Experiment) =>
    (await messageOf(() => claim(experiment))).replace(folder, 'DIR');
  await claim(tiny);
  await claim({ ...tiny, title: 'Again' });
  await claim({ ...tiny, seeds: [1, 2, 3, 4] });
  expect([
    await complaint(tiny),
    await complaint({ ...tiny, settings: {}, margin: 0.01 }),
  ]).toMatchInlineSnapshot(`
      [
        "OptionError: normlab compare: --out must hold the same experiment, but the two differ in seeds, got "DIR" (keep its 4 seeds, to which others can be added, or name another --out).",
        "OptionError: normlab compare: --out must hold the same experiment, but the two differ in settings, seeds, margin, got "DIR" (name another --out).",
      ]
    `);
});

it('a folder is continued with other settings that decide nothing, of all arms or by `when`', async () => {
  const folder = temporaryFolder();
  const claim = async (experiment: Experiment) => (await claimExperiment(folder, experiment, [])).release();
  const from = (data: string, l2: number): Experiment => ({
    ...tiny,
    settings: { ...tiny.settings, dataset: 'images', data },
    when: [{ arm: { norm: 'bn' }, settings: { data, l2 } }],
  });
  await claim(from('mine', 0.1));
  await claim(from('/moved/mine', 0.1));
  await expect(claim(from('mine', 0.2))).rejects.toThrow('the two differ in when,');
});

it('recipes of the runs name the places that the command line and the experiment name', async () => {
  const folder = temporaryFolder();
  const spec = relative(process.cwd(), `${folder}/net.json`);
  const experiment: Experiment = { ...tiny, settings: { dataset: 'cifar10', spec } };
  const runs = await planRuns('tiny', experiment, { data: 'cifar' });
  await (await claimExperiment(folder, experiment, runs)).release();
  const { settings } = await readRecipe(recipeFileOf(folder, runs[0]!));
  expect(settings).toEqual({ ...runs[0]!.settings, data: resolve('cifar'), spec: resolve(spec) });
});
