import { describe, expect, it } from 'vitest';
import { groupResults } from '../src/armResults.js';
import { parseExperiment, type RunLog, type Settings } from '../src/index.js';
import { plantedLog } from './plantedRuns.js';

const experiment = parseExperiment({
  title: 'Two',
  arms: { norm: ['bn', 'none'] },
  seeds: 2,
  reference: { norm: 'bn' },
});

/** A log of four steps with these evaluations: step, accuracy. */
function logOf(settings: Settings, accuracies: readonly (readonly [number, number])[], more: object = {}) {
  const lines = accuracies.map(([step, accuracy]) => ({
    ...{ type: 'evaluation', step, loss: 1, accuracy, images: 100, seconds: 10 * step, ...more },
  }));
  const steps = [1, 2].map((step) => ({ type: 'step', step, loss: 1, accuracy: 0.5, seconds: 3 * step }));
  const epoch = { type: 'epoch', step: 2, loss: 9, accuracy: 0.5, seconds: 6 };
  const last = { type: 'epoch', step: 4, loss: Number(settings.seed), accuracy: 0.5, seconds: 12 };
  const all = [...steps, epoch, epoch, last, ...lines].map((line) => `${JSON.stringify(line)}\n`);
  return plantedLog(`${settings.norm}-seed${settings.seed}`, settings, 0.5, {
    steps: 4,
    lines: all.join(''),
  });
}

const bn1 = logOf(
  { norm: 'bn', seed: 1 },
  [
    [2, 0.4],
    [4, 0.5],
  ],
  { neverPredicted: ['cat'] },
);
const bn2 = logOf({ norm: 'bn', seed: 2 }, [
  [2, 0.59],
  [4, 0.7],
]);
const none1 = logOf({ norm: 'none', seed: 1 }, [[2, 0.5]]);

describe('a run', () => {
  const seedsOf = (logs: readonly RunLog[]) =>
    groupResults(experiment, logs)[0]!.arms.map(({ seeds }) => seeds);

  it('that is done has its last accuracy, an interval for it, and its times', () => {
    const [first] = seedsOf([bn1, bn2])[0]!;
    expect(first).toEqual({
      ...{ run: 'bn-seed1', seed: 1, state: 'done', step: 4, accuracy: 0.5, neverPredicted: ['cat'] },
      // The Clopper–Pearson interval for 50 of 100.
      interval: [expect.closeTo(0.3983, 4), expect.closeTo(0.6017, 4)],
      // 95 % of the mean of .5 and .7 is .57.
      ...{ stepsToTarget: null, seconds: 40, secondsPerStep: 3 },
    });
    expect(seedsOf([bn1, bn2])[0]![1]).toMatchObject({ stepsToTarget: 2, neverPredicted: null });
  });

  it('that is not done has no accuracy, one without images no interval', () => {
    const [, [first, second]] = seedsOf([none1]) as [unknown, { accuracy: unknown }[]];
    expect(first).toMatchObject({
      state: 'interrupted',
      accuracy: null,
      interval: null,
      stepsToTarget: null,
    });
    expect(first).toMatchObject({ step: 2, seconds: 20 });
    expect(second).toEqual({
      ...{ run: 'none-seed2', seed: 2, state: 'missing', step: 0, accuracy: null, interval: null },
      ...{ neverPredicted: null, stepsToTarget: null, seconds: 0, secondsPerStep: null },
    });
    const unfinished = logOf({ norm: 'none', seed: 1 }, [[2, 0.6]]);
    expect(seedsOf([bn1, bn2, unfinished])[1]![0]).toMatchObject({ accuracy: null, stepsToTarget: null });
    const without = logOf({ norm: 'bn', seed: 1 }, [[4, 0.5]], { images: 0 });
    expect(seedsOf([without])[0]![0]).toMatchObject({ accuracy: 0.5, interval: null });
  });

  it('is found by its settings in a folder of another name, and only one that the experiment does not name', () => {
    const settings = { norm: 'bn', seed: 1 };
    const elsewhere = { ...logOf(settings, [[4, 0.6]]), name: 'tuesday' };
    expect(seedsOf([none1, elsewhere])[0]![0]).toMatchObject({ run: 'tuesday', accuracy: 0.6 });
    const underOther = { ...elsewhere, name: 'none-seed2' };
    expect(
      seedsOf([underOther])
        .flat()
        .map(({ state }) => state),
    ).toEqual(new Array(4).fill('missing'));
    expect(seedsOf([underOther, elsewhere])[0]![0]).toMatchObject({ run: 'tuesday' });
    // Its seed alone does not make it the run of that name.
    const { state } = seedsOf([{ ...none1, name: 'bn-seed1' }])[0]![0]!;
    expect(state).toBe('missing');
  });
});

describe('a run in a folder of another name', () => {
  const settings = { norm: 'bn', trainImages: 40, seed: 1 };
  const shown = (arms: object, logs: readonly RunLog[]) =>
    groupResults(parseExperiment({ title: 'Some', arms, seeds: 1, reference: { norm: 'bn' } }), logs)
      .flatMap((group) => group.arms)
      .map(({ name, seeds }) => [name, seeds[0]!.run, seeds[0]!.state]);
  const arms = [{ norm: ['bn', 'none'] }, { norm: ['bn'], trainImages: [40] }];

  it('belongs to the arm that names most of its settings, and to no other', () => {
    const log = { ...logOf(settings, [[4, 0.5]]), name: 'tuesday' };
    expect(shown(arms, [log])).toEqual([
      ['bn', 'bn-seed1', 'missing'],
      ['none', 'none-seed1', 'missing'],
      ['bn-trainImages-40', 'tuesday', 'done'],
    ]);
  });

  it('is not taken for a run whose folder has the name that the experiment gives it', () => {
    // The arms `bn` and `bn-trainImages-40` of such an experiment are one, if all runs have 40 images.
    const log = logOf(settings, [[4, 0.5]]);
    expect(shown(arms, [log, { ...log, name: 'bn-trainImages-40-seed1' }])).toEqual([
      ['bn', 'bn-seed1', 'done'],
      ['none', 'none-seed1', 'missing'],
      ['bn-trainImages-40', 'bn-trainImages-40-seed1', 'done'],
    ]);
  });
});

describe('an arm', () => {
  it('has the mean accuracy and last training loss of its runs that are done', () => {
    const { arms } = groupResults(experiment, [bn1, bn2, none1])[0]!;
    expect(arms[0]).toMatchObject({
      ...{ name: 'bn', lossFloor: null },
      ...{ accuracy: { n: 2, mean: expect.closeTo(0.6, 12) }, trainingLoss: { n: 2, mean: 1.5 } },
    });
    expect(arms[1]).toMatchObject({ name: 'none', accuracy: null, trainingLoss: null });
    const { arms: without } = groupResults(experiment, [])[0]!;
    expect(without[0]).toMatchObject({ accuracy: null, trainingLoss: null, lossFloor: null });
  });

  it('has the floor of its loss by its network', () => {
    const layers = [
      { type: 'norm', gain: false, bias: false },
      { type: 'activation', kind: 'relu' },
      { type: 'globalPool' },
    ];
    const head = { ...bn1.head, spec: { layers } };
    const { arms } = groupResults(experiment, [{ ...bn1, head }, bn2])[0]!;
    // Two equal classes of all images: l = 1.
    expect(arms[0]!.lossFloor).toBeCloseTo(Math.log1p(Math.exp(-1)), 3);
  });
});

describe('a group', () => {
  it('has the model and data of its runs, from a spec too, and its target', () => {
    const target = (logs: readonly RunLog[], more = {}) => groupResults({ ...experiment, ...more }, logs)[0];
    expect(target([bn1, bn2])).toMatchObject({
      ...{ name: 'all', reference: 'bn', model: 'all-cnn', dataset: 'cifar10' },
      target: expect.closeTo(0.57, 12),
    });
    expect(target([bn1, bn2], { target: 0.4 })).toMatchObject({
      target: 0.4,
      arms: [{ seeds: [{ stepsToTarget: 2 }, {}] }, {}],
    });
    expect(target([])).toMatchObject({ target: null, model: null, dataset: null });
    const { model: _, ...settings } = bn1.head.settings;
    const bySpec = { ...bn1, head: { ...bn1.head, settings: { ...settings, spec: 'mine.json' } } };
    expect(target([bySpec])).toMatchObject({ model: 'mine.json' });
    expect(target([none1])).toMatchObject({ target: null });
  });

  it('is named by what its arms share; a value that reads as all arms gets its setting’s name', () => {
    const many = parseExperiment({
      title: 'Many',
      arms: { norm: ['bn', 'none'], activation: ['tanh', 'all'], batch: [8, 16] },
      seeds: 1,
      reference: { norm: 'bn' },
    });
    expect(groupResults(many, []).map(({ name }) => name)).toEqual([
      'tanh 8',
      'tanh 16',
      'activation all 8',
      'activation all 16',
    ]);
  });

  it('has a name of its own: values that two groups share get their settings’ names', () => {
    const norm = ['bn', 'none'];
    const three = parseExperiment({
      title: 'Three',
      arms: [
        { norm, convBias: [true] },
        { norm, nesterov: [true] },
        { norm, activation: ['tanh'] },
      ],
      seeds: 1,
      reference: { norm: 'bn' },
    });
    expect(groupResults(three, []).map(({ name }) => name)).toEqual([
      'convBias true',
      'nesterov true',
      'tanh',
    ]);
  });

  it('has the arms with the same settings, in whatever order these are written', () => {
    const swapped = parseExperiment({
      title: 'Swapped',
      arms: [
        { norm: ['bn'], activation: ['relu'], width: [1] },
        { norm: ['none'], width: [1], activation: ['relu'] },
      ],
      seeds: 1,
      reference: { norm: 'bn' },
    });
    expect(
      groupResults(swapped, []).map(({ name, arms }) => [name, ...arms.map((each) => each.name)]),
    ).toEqual([['relu 1', 'bn-relu-width-1', 'none-width-1-relu']]);
  });

  it('has the arms that replace a setting of the reference by another', () => {
    const lengths = parseExperiment({
      title: 'Lengths',
      arms: [{ steps: [10] }, { epochs: [2] }, { batch: [8], steps: [10] }],
      seeds: 1,
      reference: { steps: 10 },
    });
    const groupsOf = (dependsOn: Record<string, string[]>) =>
      groupResults(lengths, [], { dependsOn }).map(({ arms }) => arms.map(({ name }) => name));
    const [steps, epochs, other] = ['steps-10', 'epochs-2', 'batch-8-steps-10'];
    expect(groupsOf({ steps: ['epochs'], epochs: ['steps'] })).toEqual([[steps, epochs], [other]]);
    for (const oneWay of [{ epochs: ['steps'] }, { steps: ['epochs'] }, {}])
      expect(groupsOf(oneWay as Record<string, string[]>)).toEqual([[steps], [epochs], [other]]);
  });

  it('without a reference arm has none, and no target', () => {
    const two = parseExperiment({
      title: 'Blocks',
      arms: [
        { norm: ['bn'], model: ['nin'] },
        { norm: ['none'], model: ['all-cnn'] },
      ],
      seeds: 1,
      reference: { norm: 'bn' },
    });
    const [, second] = groupResults(two, [logOf({ norm: 'none', seed: 1, model: 'all-cnn' }, [[4, 0.5]])]);
    expect(second).toMatchObject({ name: 'all-cnn', reference: null, target: null });
    expect(second!.arms[0]!.seeds[0]).toMatchObject({ accuracy: 0.5, stepsToTarget: null });
  });

  it('differs on purpose in its arms, and in what the experiment gives to some of them', () => {
    const when = [{ arm: { norm: 'none' }, settings: { l2: 0.1 } }];
    const logs = [bn1, logOf({ norm: 'none', seed: 1, l2: 0.1 }, [[4, 0.5]])];
    const differences = (more: object) => groupResults({ ...experiment, ...more }, logs)[0]!.differences;
    expect(differences({ when })).toMatchObject([{ what: 'l2', weight: 'intended' }]);
    expect(differences({})).toMatchObject([{ what: 'l2', weight: 'refused' }]);
    const arms = [{ norm: ['bn'] }, { norm: ['none'], l2: [0.1] }];
    const reference = { norm: 'none', l2: 0.1 };
    expect(differences({ arms, reference })).toEqual([]);
    const other = logOf({ norm: 'bn', seed: 2, l2: 0.3 }, [[4, 0.5]]);
    expect(groupResults({ ...experiment, arms, reference }, [...logs, other])[0]!.differences).toMatchObject([
      { what: 'l2', weight: 'refused' },
    ]);
  });
});
