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
