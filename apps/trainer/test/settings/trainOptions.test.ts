import { networkNames, placements } from '@normlab/models';
import { describe, expect, it } from 'vitest';
import { conditionText, flagOf, namesOf, type Options } from '../../src/settings/option.js';
import { resolveSettings } from '../../src/settings/resolveSettings.js';
import { settingsSchema } from '../../src/settings/settings.js';
import { decideNothing, trainOptions } from '../../src/settings/trainOptions.js';

const options: Options = trainOptions;
const rows = Object.entries(options).map(([key, row]) => ({ key, ...row }));

describe('trainOptions', () => {
  it('is the schema of settings', () => {
    expect(Object.keys(settingsSchema.shape)).toEqual(Object.keys(options));
  });

  it('commander turns flagOf(key) back into key', () => {
    for (const key of Object.keys(options)) {
      expect(
        flagOf(key)
          .slice(2)
          .replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
      ).toBe(key);
    }
  });

  it.each(rows)('$key: a named default is one of the option’s values, and is used', ({ key, ...row }) => {
    const { fallback, schema } = row;
    if (fallback === undefined || (typeof fallback === 'object' && 'shown' in fallback)) return;
    expect(schema.safeParse(fallback).success).toBe(true);
    const taken = Reflect.get(resolveSettings({}), key);
    if (taken !== undefined) expect(taken).toBe(fallback);
  });

  it.each(rows.filter(({ always }) => always))('$key always has a value', ({ only, fallback }) => {
    expect(only).toBeUndefined();
    expect(fallback).toBeDefined();
  });

  it.each(rows.filter(({ only, insteadOf }) => only ?? insteadOf))(
    '$key depends on existing options and values',
    ({ only = [], insteadOf }) => {
      if (insteadOf !== undefined) expect(options).toHaveProperty(insteadOf);
      for (const { key, is } of only) {
        expect(options).toHaveProperty(key);
        const values = typeof is === 'string' ? [] : is.map((name) => name.replace(/-N$/, '-29'));
        for (const value of values) expect(options[key]!.schema.safeParse(value).success).toBe(true);
      }
    },
  );

  it('lists options in the help under six headings', () => {
    const groups = rows.map(({ group }) => group);
    const counts = [...new Set(groups)].map((group) => [
      group,
      groups.filter((each) => each === group).length,
    ]);
    expect(counts).toEqual([
      ['Network', 13],
      ['Data', 6],
      ['Length', 7],
      ['Record', 4],
      ['Learning', 13],
      ['Machine', 4],
    ]);
    // Each heading once: its options stand together.
    expect(groups.filter((group, i) => i === 0 || group !== groups[i - 1])).toEqual([...new Set(groups)]);
  });

  it('has a value in every run for what all runs need', () => {
    const missing = settingsSchema.safeParse({}).error!.issues.map(({ path }) => path.join());
    expect(missing.join(' ')).toBe(
      'dataset pipeline batch seed optimizer learningRate schedule warmupSteps l2 l2Targets backend',
    );
  });

  it('knows what decides nothing: where a run computes, and what it writes beside its results', () => {
    expect([...decideNothing].join(' ')).toBe(
      'data checkpointEvery keepBest record recordEvery tensorboard note backend threads build adapter',
    );
  });

  it.each([
    ['model', 'vgg', `be one of ${networkNames.join(', ')}`],
    ['model', 1, `be one of ${networkNames.join(', ')}`],
    ['spec', '', 'be the path of a network spec'],
    ['data', '', 'be a folder'],
    ['note', 'two\nlines', 'be one line of text'],
    ['adapter', '', 'be part of the name of an adapter'],
    ['seed', 2 ** 32, 'be an integer from 0 to 4294967295'],
    ['threads', 513, 'be an integer from 1 to 512'],
    ['threads', 0, 'be an integer from 1 to 512'],
    ['warmupSteps', -1, 'be an integer ≥ 0'],
    ['momentum', 1, 'be a number in [0, 1)'],
    ['dropRate', 1, 'be a number in [0, 1)'],
    ['l2', -1, 'be a number ≥ 0'],
    ['width', 0, 'be a number > 0'],
    ['learningRate', 0, 'be a number > 0'],
  ] as const)('%s: the rule for %j', (key, value, rule) => {
    expect(options[key]!.schema.safeParse(value).error?.issues[0]?.message).toBe(rule);
  });

  it('takes residual networks of any depth, and no other name with that of one in it', () => {
    const takes = (name: string) => trainOptions.model.schema.safeParse(name).success;
    expect(['resnet-56', 'resnet-110', 'resnet-8'].map(takes)).toEqual([true, true, true]);
    expect(['my-resnet-29', 'resnet-29-wide', 'resnet-', 'resnet-x'].some(takes)).toBe(false);
  });

  it('has a default placement, but with a spec that of the spec', () => {
    expect(resolveSettings({}).norm).toBe('cbn-lconv-nobn');
    expect(resolveSettings({ spec: 'mine.json' }).norm).toBeUndefined();
  });

  it('names the existing networks and placements', () => {
    expect(namesOf(trainOptions.model)).toEqual(networkNames);
    expect(namesOf(trainOptions.norm)).toEqual(placements);
  });
});

describe('conditionText', () => {
  it.each([
    [{ key: 'decaySteps', is: 'given' }, 'with --decay-steps'],
    [{ key: 'spec', is: 'absent' }, 'without --spec'],
    [{ key: 'schedule', is: ['cosine'] }, 'with --schedule cosine'],
    [{ key: 'schedule', is: ['a', 'b', 'c'] }, 'with --schedule a, b or c'],
  ] as const)('%j is written "%s"', (condition, text) => {
    expect(conditionText(condition)).toBe(text);
  });
});
