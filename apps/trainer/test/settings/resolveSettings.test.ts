import { describe, expect, it } from 'vitest';
import { resolveSettings } from '../../src/settings/resolveSettings.js';
import { trainOptions } from '../../src/settings/trainOptions.js';

describe('resolveSettings', () => {
  it('trains constant batch norm on the built-in images by default', () => {
    expect(resolveSettings({})).toMatchInlineSnapshot(`
      {
        "backend": "wasm",
        "batch": 128,
        "dataset": "built-in",
        "epochs": 8,
        "finalLearningRate": 0.001,
        "l2": 0.0002,
        "l2Targets": "all",
        "learningRate": 0.1,
        "model": "all-cnn",
        "momentum": 0.9,
        "nesterov": false,
        "norm": "cbn-lconv-nobn",
        "optimizer": "sgd",
        "pipeline": "crop-24",
        "schedule": "exponential",
        "seed": 1,
        "warmupSteps": 0,
        "width": 0.25,
      }
    `);
  });

  it('flags override the recipe, which overrides the defaults', () => {
    const settings = resolveSettings({ batch: 32 }, { batch: 64, seed: 7 });
    expect(settings).toMatchObject({ batch: 32, seed: 7, momentum: 0.9 });
  });

  it('a flag for the length replaces the recipe’s other length setting', () => {
    expect(resolveSettings({ steps: 10 }, { epochs: 3 })).not.toHaveProperty('epochs');
    expect(resolveSettings({ epochs: 3 }, { steps: 10 })).not.toHaveProperty('steps');
    expect(resolveSettings({}, { steps: 10 })).toMatchObject({ steps: 10 });
    expect(resolveSettings({ epochs: 3 }, { steps: 10, seed: 7 })).toMatchObject({ epochs: 3, seed: 7 });
    expect(resolveSettings({ steps: 3 }, { epochs: 10, seed: 7 })).toMatchObject({ steps: 3, seed: 7 });
  });

  it('are in the order of the table, whatever the order in which they were given', () => {
    const settings = resolveSettings({ seed: 7, batch: 32, model: 'nin' }, { momentum: 0.5, backend: 'cpu' });
    const table = Object.keys(trainOptions).filter((key) => key in settings);
    expect(Object.keys(settings)).toEqual(table);
  });

  it('ResNets get the pipeline and the L2 of the paper', () => {
    expect(resolveSettings({ model: 'resnet-29' })).toMatchObject({
      pipeline: 'pad-crop-flip',
      l2Targets: 'kernels',
    });
  });

  it('a recipe’s setting that has no meaning with the flags is left out', () => {
    const piecewise = { schedule: 'piecewise', boundaries: [5], drop: 0.5 } as const;
    expect(resolveSettings({ schedule: 'constant' }, piecewise)).not.toHaveProperty('boundaries');
  });

  it.each([
    [{ epochs: 1, steps: 1 }, 'normlab train: --steps must be given without --epochs, which it replaces.'],
    [{ dataset: 'cifar10' }, 'normlab train: --data must name the folder of --dataset cifar10.'],
    [{ data: 'x' }, 'normlab train: --data must go with --dataset cifar10, cifar100 or images.'],
    [{ block: 'pre-activation' }, 'normlab train: --block must go with --model resnet-N.'],
    [{ drop: 0.1 }, 'normlab train: --drop must go with --schedule piecewise.'],
    [{ schedule: 'piecewise' }, 'normlab train: --boundaries must be given with --schedule piecewise.'],
    [{ threads: 2, backend: 'cpu' }, 'normlab train: --threads must go with --backend wasm.'],
    [
      { spec: 'net.json', model: 'nin' },
      'normlab train: --spec must be given without --model, which it replaces.',
    ],
    [
      { schedule: 'constant', staircase: true },
      'normlab train: --staircase must go with --schedule exponential.',
    ],
    [{ staircase: true }, 'normlab train: --staircase must go with --decay-steps.'],
    [{ spec: 'net.json', width: 2 }, 'normlab train: --width must go without --spec.'],
  ] as const)('%j: %s', (flags, message) => {
    expect(() => resolveSettings(flags)).toThrow(message);
  });
});
