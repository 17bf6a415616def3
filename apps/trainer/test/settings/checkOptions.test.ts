import { OptionError } from '@normlab/errors';
import { describe, expect, it } from 'vitest';
import { checkOptions, commandLine, recipeSource } from '../../src/settings/checkOptions.js';
import { trainOptions } from '../../src/settings/trainOptions.js';

const complaintOf = (raw: unknown, source = commandLine): string => {
  try {
    checkOptions(trainOptions, raw, source);
  } catch (error) {
    if (error instanceof OptionError) return error.message;
    throw error;
  }
  return 'no complaint';
};

describe('checkOptions', () => {
  it('returns valid settings', () => {
    const settings = { model: 'resnet-29', norm: 'cbn-all', boundaries: [31_000, 58_000] };
    expect(checkOptions(trainOptions, settings, commandLine)).toEqual(settings);
  });

  it.each([
    [{ batch: 0 }, 'normlab train: --batch must be an integer ≥ 1, got 0.'],
    [{ batch: 'many' }, 'normlab train: --batch must be an integer ≥ 1, got "many".'],
    [{ threads: 0 }, 'normlab train: --threads must be an integer from 1 to 512, got 0.'],
    [{ seed: -1 }, 'normlab train: --seed must be an integer from 0 to 4294967295, got -1.'],
    [{ width: 0 }, 'normlab train: --width must be a number > 0, got 0.'],
    [{ momentum: 1 }, 'normlab train: --momentum must be a number in [0, 1), got 1.'],
    [{ boundaries: [2, 1] }, 'normlab train: --boundaries must be in increasing order, got [2,1].'],
    [{ note: 'a\u001B[2Jb' }, 'normlab train: --note must be one line of text, got "a\\u001b[2Jb".'],
    [{ backend: 3 }, 'normlab train: --backend must be one of wasm, webgpu, tensorflow, cpu, got 3.'],
    [{ data: '' }, 'normlab train: --data must be a folder, got "".'],
  ])('%j: %s', (raw, message) => {
    expect(complaintOf(raw)).toBe(message);
  });

  it.each([
    [{ model: 'alcnn' }, 'did you mean "all-cnn"?'],
    [{ model: 'resnet29' }, 'did you mean "resnet-29"'],
    [{ norm: 'cbn-lconv' }, 'did you mean "cbn-lconv-bn" or "cbn-lconv-nobn"?'],
    [{ backend: 'wsm' }, 'did you mean "wasm"?'],
    [{ dataset: 'cifar' }, 'did you mean "cifar10" or "cifar100"?'],
    [{ activation: 'tanhh' }, 'did you mean "tanh"'],
    [{ dataset: 'x' }, 'valid names: built-in, cifar10, cifar100, images'],
  ])('a mistyped name: the error names the nearest valid names: %j', (raw, hint) => {
    expect(complaintOf(raw)).toContain(hint);
  });

  it('refuses what is no object, and names the value inside a list', () => {
    expect([null, 3, ['batch']].map((raw) => complaintOf(raw))).toEqual([
      'normlab train: settings must be an object, got null.',
      'normlab train: settings must be an object, got 3.',
      'normlab train: settings must be an object, got ["batch"].',
    ]);
    expect(complaintOf({ boundaries: [1, 'x'] })).toBe(
      'normlab train: --boundaries must be an integer ≥ 1, got "x".',
    );
  });

  it('names keys, and unknown keys, if a recipe is faulty', () => {
    const source = recipeSource('mine');
    expect(complaintOf({ learningRate: -1 }, source)).toBe(
      'recipe mine: learningRate must be a number > 0, got -1.',
    );
    expect(complaintOf({ learnRate: 1 }, source)).toBe(
      'recipe mine: learnRate must be a setting (did you mean "learningRate" or "finalLearningRate"?).',
    );
  });
});
