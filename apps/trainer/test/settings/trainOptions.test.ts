import { readFileSync } from 'node:fs';
import { networkNames, placements } from '@normlab/models';
import { describe, expect, it } from 'vitest';
import { modelNames, placementNames } from '../../src/settings/names.js';
import { resolveSettings } from '../../src/settings/resolveSettings.js';
import { settingsSchema } from '../../src/settings/settings.js';
import { trainOptions } from '../../src/settings/trainOptions.js';

describe('trainOptions', () => {
  it('has a flag for every setting, and no other', () => {
    expect(trainOptions.map(({ key }) => key).sort()).toEqual(Object.keys(settingsSchema.shape).sort());
  });

  it.each(trainOptions)('$flags is written as its key is', ({ flags, key }) => {
    const name = flags.split(' ')[0]!.slice(2);
    expect(name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())).toBe(key);
  });

  it.each(trainOptions.filter(({ fallback }) => /^[\w.-]+$/.test(fallback ?? '')))(
    '$flags says the default that is taken',
    ({ key, fallback }) => {
      const taken = resolveSettings({})[key];
      if (taken !== undefined) expect(String(taken)).toBe(fallback);
    },
  );

  it('names the networks and placements that there are', () => {
    expect(modelNames).toEqual(networkNames);
    expect(placementNames).toEqual(placements);
  });

  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  it.each(trainOptions)('the README tells of $flags', ({ flags, key, about, fallback = '' }) => {
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${flags}\``));
    expect(row).toContain(`| \`${key}\` | ${about}`);
    expect(row).toContain(`| ${fallback}`);
  });
});
