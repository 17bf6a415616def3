import type { RunLog, Settings } from '@normlab/experiments';
import { expect, it } from 'vitest';
import { withDefaults } from '../../src/experiments/withDefaults.js';
import { resolveSettings } from '../../src/settings/resolveSettings.js';
import type { SomeSettings } from '../../src/settings/settings.js';

/** Logs of runs with these flags; nothing but their settings is looked at. */
function logsOf(...flags: readonly SomeSettings[]): RunLog[] {
  return flags.map((given) => ({ head: { settings: resolveSettings(given) } }) as unknown as RunLog);
}

const settingsOf = (
  logs: readonly RunLog[],
  ...keys: readonly string[]
): (Settings[string] | undefined)[][] =>
  withDefaults(logs).map(({ head }) => keys.map((key) => head.settings[key]));

it('gives each run the default of a setting that another run names', () => {
  const logs = logsOf({ activation: 'tanh', convBias: true, evaluateEvery: 2 }, {});
  expect(settingsOf(logs, 'activation', 'convBias', 'evaluateEvery')).toEqual([
    ['tanh', true, 2],
    ['relu', false, 1],
  ]);
});

it('leaves absent what no run names, what has no default, and what has no meaning in the run', () => {
  const logs = logsOf({ trainImages: 40, steps: 5 }, { model: 'nin', dropRate: 0.1 }, { spec: 'mine.json' });
  expect(
    settingsOf(logs, 'activation', 'trainImages', 'dropRate', 'steps', 'epochs', 'model', 'norm'),
  ).toEqual([
    [undefined, 40, undefined, 5, undefined, 'all-cnn', 'cbn-lconv-nobn'],
    [undefined, undefined, 0.1, undefined, 8, 'nin', 'cbn-lconv-nobn'],
    [undefined, undefined, undefined, undefined, 8, undefined, undefined],
  ]);
  const [log] = logsOf({});
  expect(withDefaults([log!])).toEqual([log]);
});

it('keeps the order of the options, which names arms by it', () => {
  const [, log] = withDefaults(logsOf({ activation: 'tanh' }, { norm: 'bn' }));
  const keys = Object.keys(log!.head.settings);
  expect(keys.indexOf('norm')).toBeLessThan(keys.indexOf('activation'));
});
