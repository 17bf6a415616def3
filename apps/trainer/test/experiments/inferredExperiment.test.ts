import { analyse, inferExperiment, parseExperiment, type RunLog } from '@normlab/experiments';
import { expect, it } from 'vitest';
import { plantedLog } from '../../../../packages/experiments/test/plantedRuns.js';
import { planRuns } from '../../src/experiments/planRuns.js';
import { withDefaults } from '../../src/experiments/withDefaults.js';
import { dependsOn } from '../../src/settings/dependsOn.js';
import { resolveSettings } from '../../src/settings/resolveSettings.js';
import type { SomeSettings } from '../../src/settings/settings.js';
import { decideNothing } from '../../src/settings/trainOptions.js';

const meaning = { decideNothing, dependsOn };

function logOf(flags: SomeSettings, index: number): RunLog {
  const log = plantedLog(`run${index}`, {}, 0.5 + index / 10);
  return { ...log, head: { ...log.head, settings: resolveSettings(flags) } };
}

const cases: readonly (readonly [what: string, flags: readonly SomeSettings[], comparisons: number])[] = [
  ['activations', [{ activation: 'tanh' }, {}], 1],
  ['norms and activations', [{ norm: 'bn' }, { norm: 'cbn-all' }, { norm: 'bn', activation: 'tanh' }], 1],
  ['numbers of images', [{}, { trainImages: 40, testImages: 20 }], 1],
  ['seeds', [{ seed: 1 }, { seed: 2 }], 0],
  ['learning rates', [{ learningRate: 0.1 }, { learningRate: 0.05 }], 1],
  ['optimizers', [{ optimizer: 'adamw' }, { optimizer: 'sgd', momentum: 0.8, nesterov: true }], 1],
  ['schedules', [{}, { schedule: 'piecewise', boundaries: [5, 9] }, { schedule: 'constant' }], 2],
  ['networks', [{ model: 'nin', dropRate: 0.1 }, { model: 'resnet-29', block: 'post-activation' }, {}], 2],
  ['a spec', [{ model: 'all-cnn' }, { spec: 'mine.json' }], 1],
  ['a spec, which comes first', [{ spec: 'mine.json' }, { model: 'all-cnn' }], 1],
  ['two specs', [{ spec: 'mine.json' }, { spec: 'other.json' }, {}], 2],
  ['a spec and norms', [{ spec: 'mine.json', norm: 'bn' }, { norm: 'cbn-all' }, { norm: 'bn' }], 1],
  ['lengths', [{ steps: 10 }, { epochs: 2 }], 1],
];

it.each(cases)('compares runs that differ in %s, each under its own arm', (_, flags, comparisons) => {
  const logs = withDefaults(flags.map(logOf));
  const found = analyse(inferExperiment(logs, meaning), logs, meaning);
  expect(found.comparisons).toHaveLength(comparisons);
  expect(found.notes.filter((note) => !note.startsWith('The experiment gives its arms'))).toEqual([]);
  for (const { arms } of found.groups)
    for (const { settings, seeds } of arms)
      for (const { run } of seeds)
        expect(logs.find(({ name }) => name === run)!.head.settings).toMatchObject(settings);
});

it.each(cases)('infers an experiment that trains the runs again: %s', async (_, flags) => {
  const logs = withDefaults(flags.map(logOf));
  const inferred = parseExperiment(inferExperiment(logs, meaning));
  const planned = await planRuns('again', inferred, {});
  const written = planned.map(({ settings: { threads: _threads, ...settings } }) => JSON.stringify(settings));
  for (const { head } of logs) expect(written).toContain(JSON.stringify(head.settings));
});
