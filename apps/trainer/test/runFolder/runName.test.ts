import { expect, it } from 'vitest';
import { runName } from '../../src/runFolder/runName.js';
import { resolveSettings } from '../../src/settings/resolveSettings.js';
import type { SomeSettings } from '../../src/settings/settings.js';

const nameOf = (flags: SomeSettings) => runName(resolveSettings(flags));

it.each<readonly [SomeSettings, string]>([
  [{}, 'all-cnn-cbn-lconv-nobn-built-in-seed1'],
  // A default that is given is still the default.
  [{ width: 0.25, activation: 'relu', head: 'conv' }, 'all-cnn-cbn-lconv-nobn-built-in-seed1'],
  [{ norm: 'bn', activation: 'tanh', width: 1 }, 'all-cnn-bn-width-1-tanh-built-in-seed1'],
  [{ head: 'dense', seed: 7 }, 'all-cnn-cbn-lconv-nobn-dense-built-in-seed7'],
  [
    { model: 'resnet-29', block: 'post-activation', shortcut: 'projection' },
    'resnet-29-cbn-lconv-nobn-post-activation-projection-built-in-seed1',
  ],
  [
    { trainImages: 2000, testImages: 500 },
    'all-cnn-cbn-lconv-nobn-built-in-train-images-2000-test-images-500-seed1',
  ],
  [
    { normKind: 'group', groups: 8, convBias: true },
    'all-cnn-cbn-lconv-nobn-group-groups-8-conv-bias-built-in-seed1',
  ],
  [{ spec: 'nets/own.json' }, 'own-built-in-seed1'],
])('%j is %s', (flags, name) => {
  expect(nameOf(flags)).toBe(name);
});
