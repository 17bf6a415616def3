import { allCnn, networkNames } from '@normlab/models';
import { describe, expect, it } from 'vitest';
import { makeNetwork } from '../../src/fromSettings/network.js';
import { readRecipe, recipeNames } from '../../src/settings/readRecipe.js';
import { resolveSettings } from '../../src/settings/resolveSettings.js';

const names = await recipeNames();

const table2 = {
  'all-cnn': ['bn', 'cbn-all', 'cbn-lconv-bn', 'cbn-lconv-nobn'],
  nin: ['bn', 'cbn-all', 'cbn-lconv-bn', 'cbn-lconv-nobn'],
  'resnet-29': ['none', 'bn', 'cbn-all', 'cbn-lconv-bn', 'cbn-lconv-nobn'],
  'resnet-101': ['bn', 'cbn-all', 'cbn-lconv-bn'],
};
const rows2 = Object.entries(table2).flatMap(([model, norms]) =>
  norms.flatMap((norm) => ['cifar10', 'cifar100'].map((dataset) => ({ model, norm, dataset }))),
);
const rows3 = ['bn', 'cbn-lconv-nobn'].flatMap((norm) =>
  ['relu', 'prelu', 'tanh'].map((activation) => ({ model: 'all-cnn', norm, activation, dataset: 'cifar10' })),
);

const settingsOf = async (name: string) =>
  resolveSettings({ data: 'somewhere' }, (await readRecipe(name)).settings);

describe('normlab’s recipes', () => {
  it.each(names)('%s says what it is, resolves, and gives a network', async (name) => {
    const { about } = await readRecipe(name);
    expect(about?.command).toContain(`--recipe ${name} `);
    const settings = await settingsOf(name);
    const spec = await makeNetwork(settings, { classes: 10 });
    expect(networkNames).toContain(spec.name);
  });

  /** The settings of the paper's section 3; settings that it leaves open are as others trained these networks. */
  const small = (dataset: string) => ({
    ...{ pipeline: 'crop-24', batch: 128, optimizer: 'sgd', momentum: 0.9, nesterov: false },
    ...{ l2: 2e-4, l2Targets: 'all', learningRate: 0.1, schedule: 'exponential', warmupSteps: 0 },
    ...{ finalLearningRate: 0.01, decaySteps: 20_000, steps: dataset === 'cifar10' ? 39_000 : 50_000 },
  });
  const residual = {
    ...{ pipeline: 'pad-crop-flip', batch: 128, optimizer: 'sgd', momentum: 0.9, nesterov: false },
    ...{ l2: 2e-4, l2Targets: 'kernels', learningRate: 0.1, schedule: 'piecewise', warmupSteps: 0 },
    ...{ boundaries: [31_000, 58_000], drop: 0.1, steps: 78_000 },
  };
  const paper = ({ model, dataset }: { model: string; dataset: string }) =>
    model.startsWith('resnet') ? residual : small(dataset);

  it.each(rows2)('Table 2 has $model $norm $dataset, and again at the size for CPUs', async (row) => {
    const name = `table-2/${row.model}-${row.norm}-${row.dataset}`;
    expect(await settingsOf(name)).toMatchObject({ ...row, ...paper(row), width: 1 });
    expect((await settingsOf(name)).activation ?? 'relu').toBe('relu');
    await expectSmaller(`cpu/${name}`, row);
  });

  it.each(rows3)('Table 3 has $norm $activation, and again at the size for CPUs', async (row) => {
    const name = `table-3/all-cnn-${row.norm}-${row.activation}`;
    expect(await settingsOf(name)).toMatchObject({ ...row, ...paper(row), width: 1 });
    await expectSmaller(`cpu/${name}`, row);
  });

  async function expectSmaller(name: string, row: object): Promise<void> {
    const settings = await settingsOf(name);
    expect(settings).toMatchObject(row);
    expect(settings.width).toBeLessThanOrEqual(0.25);
    expect(settings.backend).toBe('wasm');
    // 391 steps are an epoch of CIFAR's 50 000 images.
    expect(settings.steps ?? (settings.epochs ?? 0) * 391).toBeLessThanOrEqual(16 * 391);
  }

  it('contain only these, their bases, and the reference', () => {
    expect(names.length).toBe(2 * (rows2.length + rows3.length) + networkNames.length + 3 + 1);
  });

  it('all-cnn-quarter is the reference: smooth decay by 100 over all steps, L2 on all parameters', async () => {
    expect(await settingsOf('all-cnn-quarter')).toEqual({
      ...{ model: 'all-cnn', norm: 'cbn-lconv-nobn', width: 0.25, dataset: 'cifar10', data: 'somewhere' },
      ...{ pipeline: 'crop-24', epochs: 8, batch: 128, seed: 1, optimizer: 'sgd', learningRate: 0.1 },
      ...{ schedule: 'exponential', finalLearningRate: 0.001, warmupSteps: 0, momentum: 0.9 },
      ...{ nesterov: false, l2: 2e-4, l2Targets: 'all', backend: 'wasm' },
    });
    const spec = await makeNetwork(await settingsOf('all-cnn-quarter'), { classes: 10 });
    expect(spec).toEqual(allCnn({ width: 0.25, norm: 'cbn-lconv-nobn' }));
  });
});
