import { describe, expect, it } from 'vitest';
import { armsOf, parseExperiment, runsOf } from '../src/index.js';

const whole = {
  title: 'Two placements',
  extends: 'all-cnn',
  arms: { norm: ['bn', 'cbn-all'], activation: ['relu', 'tanh'] },
  when: [{ arm: { activation: 'tanh' }, settings: { learningRate: 0.05 } }],
  seeds: 2,
  reference: { norm: 'bn' },
};

const messageOf = (json: unknown) => {
  try {
    parseExperiment(json, { where: 'experiment.json' });
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
  return 'no error';
};

describe('parseExperiment', () => {
  it('fills in defaults', () => {
    const experiment = parseExperiment(whole);
    expect(experiment).toMatchObject({ seeds: [1, 2], margin: 0.005, settings: {}, arms: [whole.arms] });
    expect(parseExperiment(JSON.parse(JSON.stringify(experiment)))).toEqual(experiment);
  });

  it.each([
    ['no object', []],
    ['an unknown key', { ...whole, seed: 3 }],
    ['no arms', { ...whole, arms: undefined }],
    ['an arm without values', { ...whole, arms: { norm: [] } }],
    ['a seed twice', { ...whole, seeds: [1, 1] }],
    ['no seeds', { ...whole, seeds: 0 }],
    ['a margin in per cent', { ...whole, margin: 5 }],
    ['a reference that no arm has', { ...whole, reference: { norm: 'none' } }],
    ['a reference by another key', { ...whole, reference: { nrom: 'bn' } }],
    ['an arm twice', { ...whole, arms: { norm: ['bn', 'bn'] } }],
    ['a setting without a value', { ...whole, settings: { width: null } }],
  ])('refuses %s', (_, json) => {
    expect(messageOf(json)).toMatchSnapshot();
  });
});

it.each<[unknown, string]>([
  [{ ...whole, arms: {} }, 'arms must '],
  [{ ...whole, reference: {} }, 'reference must name at least one setting, got {}.'],
  [
    { ...whole, when: [{ arm: {}, settings: {}, extra: 1 }] },
    'when.0.extra must be left out, as an experiment has no such key',
  ],
  [{ ...whole, when: ['text'] }, 'when.0 must '],
  [
    { ...whole, when: [{ arm: 'text', settings: {} }] },
    'when.0.arm must be an object of settings, got "text".',
  ],
  [null, 'the experiment must be an object, got null.'],
])('parseExperiment refuses %j, and names the place', (json, message) => {
  expect(() => parseExperiment(json)).toThrow(`parseExperiment: ${message}`);
});

describe('runsOf', () => {
  it('multiplies arms and seeds, seed by seed', () => {
    expect(runsOf(parseExperiment(whole)).map(({ name }) => name)).toEqual([
      ...['bn-relu-seed1', 'bn-tanh-seed1', 'cbn-all-relu-seed1', 'cbn-all-tanh-seed1'],
      ...['bn-relu-seed2', 'bn-tanh-seed2', 'cbn-all-relu-seed2', 'cbn-all-tanh-seed2'],
    ]);
  });

  it('adds the settings of `when` to the arms that it names, and to no others', () => {
    const runs = runsOf(parseExperiment(whole));
    expect(runs[0]?.settings).toEqual({ norm: 'bn', activation: 'relu', seed: 1 });
    expect(runs[1]?.settings).toEqual({ norm: 'bn', activation: 'tanh', learningRate: 0.05, seed: 1 });
  });

  it('names numbers with their keys', () => {
    const experiment = parseExperiment({ ...whole, arms: { norm: ['bn'], width: [0.25, 0.5] }, when: [] });
    expect(armsOf(experiment).map(({ name }) => name)).toEqual(['bn-width-0.25', 'bn-width-0.5']);
  });

  it('names lists and other characters in a way that folders can have', () => {
    const arms = { norm: ['a b/c: d'], layers: [[1, 2], 'x'], bias: [true] } as const;
    expect(armsOf({ arms: [arms] }).map(({ name }) => name)).toEqual([
      'a_b_c_d-layers-1_2-bias-true',
      'a_b_c_d-x-bias-true',
    ]);
  });

  it('refuses two arms of one name, and says where', () => {
    expect(() => armsOf({ arms: [{ norm: ['a b', 'a/b'] }] })).toThrow(
      'armsOf: arms must have different names, got "a_b".',
    );
  });

  it('lets the arm override `when`, `when` the experiment, and later entries of `when` earlier ones', () => {
    const experiment = parseExperiment({
      ...whole,
      arms: { norm: ['bn'], l2: [3] },
      settings: { l2: 1, batch: 1, width: 1 },
      when: [
        { arm: { norm: 'bn' }, settings: { l2: 2, batch: 2 } },
        { arm: { norm: 'bn', l2: 3 }, settings: { batch: 3 } },
        { arm: { norm: 'bn', l2: 4 }, settings: { batch: 4 } },
      ],
      seeds: [7],
    });
    const arm = { name: 'bn-l2-3', settings: { norm: 'bn', l2: 3 } };
    expect(runsOf(experiment)).toEqual([
      {
        ...{ name: 'bn-l2-3-seed7', arm, seed: 7 },
        settings: { norm: 'bn', l2: 3, batch: 3, width: 1, seed: 7 },
        layers: [
          { l2: 1, batch: 1, width: 1 },
          { l2: 2, batch: 2 },
          { batch: 3 },
          { norm: 'bn', l2: 3 },
          { seed: 7 },
        ],
      },
    ]);
  });

  it('joins blocks of arms', () => {
    const arms = [
      { model: ['a'], norm: ['bn', 'none'] },
      { model: ['b'], norm: ['bn'] },
    ];
    const experiment = parseExperiment({ ...whole, arms, when: [] });
    expect(armsOf(experiment).map(({ name }) => name)).toEqual(['a-bn', 'a-none', 'b-bn']);
  });
});
