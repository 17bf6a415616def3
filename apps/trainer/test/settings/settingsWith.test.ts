import { describe, expect, it } from 'vitest';
import { readOptions } from '../../src/settings/readOptions.js';
import { resolveSettings } from '../../src/settings/resolveSettings.js';
import { settingsWith } from '../../src/settings/settingsWith.js';

const settings = resolveSettings({ backend: 'wasm', threads: 2, batch: 64 });

describe('settingsWith', () => {
  it('takes what the command line gives in place of the run’s own', () => {
    expect(settingsWith('eval', settings, { threads: 1 })).toEqual({ ...settings, threads: 1 });
    expect(settingsWith('eval', settings, {})).toEqual(settings);
  });

  it('leaves out the run’s settings that have no meaning any more', () => {
    const { threads, ...others } = settings;
    expect(settingsWith('eval', settings, { backend: 'cpu' })).toEqual({ ...others, backend: 'cpu' });
  });

  it('refuses a given option that has no meaning for the run, and names the command', () => {
    expect(() => settingsWith('eval', settings, { backend: 'cpu', threads: 1 })).toThrow(
      'normlab eval: --threads must go with --backend wasm.',
    );
  });
});

describe('the data of normlab predict', () => {
  const given = { data: '/moved' };
  const withPipeline = (pipeline: 'plain' | 'crop-24') =>
    settingsWith('predict', resolveSettings({ dataset: 'cifar10', data: '/data', pipeline }), given);

  it('go with a pipeline that needs their statistics; others are refused', () => {
    expect(withPipeline('plain').data).toBe('/moved');
    expect(() => withPipeline('crop-24')).toThrow(
      'normlab predict: --data must go with --pipeline pad-crop-flip or plain.',
    );
  });

  it('of a run are evaluated whatever its pipeline is', () => {
    const cropped = resolveSettings({ dataset: 'cifar10', data: '/data', pipeline: 'crop-24' });
    expect(settingsWith('eval', cropped, given).data).toBe('/moved');
    expect(settingsWith('predict', cropped, {}).pipeline).toBe('crop-24');
  });
});

describe('readOptions', () => {
  it('reads the flags of a command as values', () => {
    expect(readOptions('train', { batch: '7', model: 'nin', nesterov: true, json: true })).toEqual({
      batch: 7,
      model: 'nin',
      nesterov: true,
    });
  });

  it('names the command and the flag of a faulty value', () => {
    expect(() => readOptions('eval', { threads: 'two' })).toThrow(
      'normlab eval: --threads must be an integer from 1 to 512, got "two".',
    );
  });
});
