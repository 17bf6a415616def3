import { describe, expect, it } from 'vitest';
import { planRuns } from '../../src/experiments/planRuns.js';
import { experimentNames, readExperiment } from '../../src/experiments/readExperiment.js';
import { readRecipe, recipeNames } from '../../src/settings/readRecipe.js';
import { resolveSettings } from '../../src/settings/resolveSettings.js';

const plan = async (name: string) =>
  planRuns(name, (await readExperiment(name)).experiment, name === 'demo' ? {} : { data: 'data' });

describe('normlab’s experiments', () => {
  it('are these', async () => {
    const tables = ['table-2-all-cnn', 'table-2-nin', 'table-2-resnet', 'table-3'];
    expect(await experimentNames()).toEqual(
      ['demo', ...tables, ...tables.map((each) => `cpu/${each}`)].sort(),
    );
  });

  it('can be planned, each run with a unique name', async () => {
    for (const name of await experimentNames()) {
      const runs = await plan(name);
      expect(new Set(runs.map((run) => run.name)).size, name).toBe(runs.length);
      expect(runs.every(({ settings }) => settings.backend !== 'wasm' || settings.threads === 1)).toBe(true);
    }
  });

  it('train each row of Tables 2 and 3 as the recipe of that row does', async () => {
    const rows = (await recipeNames()).filter((name) => /table-[23]\/./.test(name));
    const experiments = (await experimentNames()).filter((name) => name !== 'demo');
    const runs = (await Promise.all(experiments.map(plan))).flat();
    for (const row of rows) {
      const recipe = (await readRecipe(row)).settings;
      const { threads: _, ...wanted } = resolveSettings({ data: 'data', seed: 3 }, recipe);
      const same = runs.some(({ settings: { threads: __, record: ___, ...settings } }) =>
        equal(settings, wanted),
      );
      expect(same, row).toBe(true);
    }
  });
});

/** An activation that is not given is `relu`. */
function equal(a: object, b: object): boolean {
  const plain = (settings: object) =>
    JSON.stringify(
      Object.entries({ activation: 'relu', ...settings }).sort(([one], [other]) => one.localeCompare(other)),
    );
  return plain(a) === plain(b);
}
