import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { analyse, inferExperiment, parseExperiment, type RunLog, type Settings } from '../src/index.js';
import { readRun, runFolders } from '../src/node.js';
import { plantedLog, plantedRuns } from './plantedRuns.js';

const experimentOf = (seeds: number, arms: Record<string, string[]>) =>
  parseExperiment({ title: 'Planted', arms, seeds, reference: { norm: 'bn' } });

const placements = experimentOf(12, { norm: ['bn', 'cbn-all', 'cbn-lconv-nobn'] });

/** Twelve pairs whose differences have an sd of √2 · .001: a standard error of .0004, a twelfth of the margin. */
const planted = {
  bn: { shift: 0, sd: 0.001 },
  'cbn-all': { shift: -0.03, sd: 0.001 },
  'cbn-lconv-nobn': { shift: 0, sd: 0.001 },
};

const claimOf = (logs: readonly RunLog[], claim: number, experiment = placements) =>
  analyse(experiment, logs).claims.filter((each) => each.claim === claim);

describe('analyse', () => {
  it('finds a planted difference, and none that was not planted', () => {
    const { comparisons } = analyse(placements, plantedRuns(placements, planted));
    const [all, nobn] = comparisons;
    expect(all).toMatchObject({ arm: 'cbn-all', reference: 'bn', equivalence: { verdict: 'different' } });
    expect(all!.adjusted).toBeLessThan(0.001);
    expect(all!.signFlip!.p).toBe(2 / 2 ** 12);
    expect(all!.paired.interval![0]).toBeLessThan(-0.03 + 0.002);
    expect(nobn).toMatchObject({ arm: 'cbn-lconv-nobn', equivalence: { verdict: 'equivalent' } });
    expect(nobn!.adjusted).toBeGreaterThan(0.05);
  });

  it('adjusts over all comparisons of the experiment', () => {
    const { comparisons } = analyse(placements, plantedRuns(placements, planted));
    const [all, nobn] = comparisons;
    expect(all!.adjusted).toBeCloseTo(2 * all!.paired.p!, 15);
    expect(nobn!.adjusted).toBe(nobn!.paired.p);
  });

  it('supports and contradicts claims according to the planted differences', () => {
    const logs = plantedRuns(placements, planted);
    expect(claimOf(logs, 1)).toMatchObject([{ verdict: 'supported', n: 12, test: 'cbn-lconv-nobn = bn' }]);
    expect(claimOf(logs, 3)).toMatchObject([{ verdict: 'supported', n: 12, test: 'cbn-all below bn' }]);
    const swapped = plantedRuns(placements, {
      ...planted,
      'cbn-all': planted['cbn-lconv-nobn'],
      'cbn-lconv-nobn': planted['cbn-all'],
    });
    expect(claimOf(swapped, 1)).toMatchObject([{ verdict: 'contradicted' }]);
    expect(claimOf(swapped, 3)).toMatchObject([{ verdict: 'contradicted' }]);
  });

  it('is undecided with few or noisy seeds, and says how many it takes', () => {
    const few = experimentOf(3, { norm: ['bn', 'cbn-lconv-nobn'] });
    const noisy = { bn: { shift: 0, sd: 0.01 }, 'cbn-lconv-nobn': { shift: 0, sd: 0.01 } };
    const [verdict] = claimOf(plantedRuns(few, noisy), 1, few);
    expect(verdict).toMatchObject({ verdict: 'undecided', n: 3 });
    expect(verdict!.needed).toBeGreaterThan(3);
    expect(verdict!.sentence).toContain(
      `if they do not differ, ${verdict!.needed} pairs of seeds with this spread show it`,
    );
    expect(verdict!.sentence).toContain('n = 3 pairs of seeds');
  });

  it('judges the interaction with the activation', () => {
    const experiment = experimentOf(8, {
      norm: ['bn', 'cbn-lconv-nobn'],
      activation: ['relu', 'prelu', 'tanh'],
    });
    const sd = 0.001;
    const logs = plantedRuns(experiment, {
      'bn-relu': { shift: 0, sd },
      'bn-prelu': { shift: 0.02, sd },
      'bn-tanh': { shift: -0.06, sd },
      'cbn-lconv-nobn-relu': { shift: 0, sd },
      'cbn-lconv-nobn-prelu': { shift: 0.02, sd },
      'cbn-lconv-nobn-tanh': { shift: -0.12, sd },
    });
    expect(claimOf(logs, 9, experiment)).toMatchObject([
      { group: 'prelu', verdict: 'supported', test: 'cbn-lconv-nobn − bn with prelu = with relu' },
      { group: 'tanh', verdict: 'supported', test: 'cbn-lconv-nobn − bn with tanh below with relu' },
    ]);
  });

  it('counts and names runs that diverged, and keeps them out of the means', () => {
    const logs = plantedRuns(placements, planted);
    const line = `${JSON.stringify({ type: 'diverged', step: 40, reason: 'the loss is NaN', seconds: 1 })}\n`;
    const index = logs.findIndex(({ name }) => name === 'cbn-lconv-nobn-seed4');
    logs[index] = plantedLog('cbn-lconv-nobn-seed4', logs[index]!.head.settings, 0, { lines: line });
    const { comparisons, notes, groups, claims } = analyse(placements, logs);
    expect(comparisons[1]!.seeds).toEqual([1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(groups[0]!.arms[2]!.accuracy!.n).toBe(11);
    expect(notes[0]).toBe('Diverged, so in no mean: cbn-lconv-nobn-seed4 (the loss is NaN).');
    expect(claims[0]!.sentence).toContain('Left out because they diverged: cbn-lconv-nobn-seed4.');
  });

  it('compares nothing where data, steps or a setting differ, and says so', () => {
    const runs = plantedRuns(placements, planted);
    const settings = runs[0]!.head.settings;
    const with0 = (more: object, changed = {}) => [
      plantedLog(runs[0]!.name, { ...settings, ...changed }, 0.73, more),
      ...runs.slice(1),
    ];
    for (const logs of [with0({ sha256: 'b'.repeat(64) }), with0({ steps: 2000 }), with0({}, { l2: 0.1 })]) {
      const { comparisons, notes, claims } = analyse(placements, logs);
      expect(comparisons).toEqual([]);
      expect(notes[0]).toMatch(/^Not compared, as the runs differ in (data|steps|l2): .*\(bn-seed1\)/);
      expect(claims.every(({ verdict }) => verdict === 'undecided')).toBe(true);
    }
  });

  it('compares runs that differ in settings which decide nothing', () => {
    const runs = plantedRuns(placements, planted);
    const elsewhere = { ...runs[0]!.head.settings, data: '/elsewhere', record: ['norms', 'weights'] };
    const logs = [plantedLog(runs[0]!.name, elsewhere, 0.73), ...runs.slice(1)];
    expect(analyse(placements, logs).comparisons).toEqual([]);
    const decideNothing = new Set(['data', 'record']);
    const { comparisons, notes } = analyse(placements, logs, { decideNothing });
    expect(comparisons).toHaveLength(2);
    expect(notes).toEqual([]);
    // And they make no arms.
    expect(inferExperiment(logs, { decideNothing }).arms).toHaveLength(3);
    expect(inferExperiment(logs).arms.length).toBeGreaterThan(3);
  });

  it('compares runs of different versions, with a note', () => {
    const runs = plantedRuns(placements, planted);
    const logs = [
      plantedLog(runs[0]!.name, runs[0]!.head.settings, 0.73, { version: '2.0.0' }),
      ...runs.slice(1),
    ];
    const { comparisons, notes } = analyse(placements, logs);
    expect(comparisons).toHaveLength(2);
    expect(notes).toEqual([expect.stringMatching(/^The runs differ in normlab, .*2\.0\.0 \(bn-seed1\)/)]);
  });

  it('compares convergence by steps to the target', () => {
    const { groups, comparisons } = analyse(placements, plantedRuns(placements, planted));
    expect(groups[0]!.target).toBeCloseTo(0.95 * 0.73, 2);
    expect(comparisons[1]!.convergence).toMatchObject({ n: 12, verdict: 'equivalent' });
  });

  it('does not take equal differences for certainty', () => {
    const experiment = experimentOf(2, { norm: ['bn', 'cbn-all'] });
    const logs = plantedRuns(experiment, { bn: { shift: 0, sd: 0 }, 'cbn-all': { shift: 0, sd: 0 } });
    const [verdict] = claimOf(logs, 3, experiment);
    expect(verdict).toMatchObject({ verdict: 'undecided', pFor: null, pAgainst: null });
    expect(verdict!.sentence).toContain(
      'the differences are all equal, so their standard deviation cannot be estimated',
    );
  });

  it('compares equal differences without p values, also in the family of the others and in the steps', () => {
    const experiment = experimentOf(2, { norm: ['bn', 'cbn-all', 'none'] });
    const accuracies = { bn: [0.5, 0.6], 'cbn-all': [0.55, 0.65], none: [0.4, 0.51] };
    const logs = Object.entries(accuracies).flatMap(([norm, all]) =>
      all.map((accuracy, index) =>
        plantedLog(`${norm}-seed${index + 1}`, { norm, seed: index + 1 }, accuracy),
      ),
    );
    const [equal, unequal] = analyse({ ...experiment, target: 0.3 }, logs).comparisons;
    expect(equal).toMatchObject({
      paired: { mean: expect.closeTo(0.05, 12), t: null, p: null, pBelow: null, pAbove: null },
      ...{ adjusted: null, pairsToDecide: null, signFlip: { p: 0.5 } },
      equivalence: { verdict: 'undecided', p: null, pBeyond: null },
    });
    // Each arm's runs differ, so the unpaired test has a spread.
    expect(equal!.welch!.p).toBeGreaterThan(0.05);
    expect(unequal!.adjusted).toBe(unequal!.paired.p);
  });

  it('has no unpaired test and no test of the steps where all runs of an arm are equal', () => {
    const experiment = experimentOf(2, { norm: ['bn', 'cbn-all'] });
    const logs = plantedRuns(experiment, { bn: { shift: 0, sd: 0 }, 'cbn-all': { shift: 0, sd: 0 } }).map(
      ({ name, head }) => plantedLog(name, head.settings, name.startsWith('bn') ? 0.5 : 0.55),
    );
    expect(analyse(experiment, logs).comparisons).toMatchObject([
      { welch: null, convergence: { verdict: 'undecided', p: null, pBeyond: null } },
    ]);
  });

  it('finds no equal convergence where runs never reach the target', () => {
    const experiment = { ...placements, target: 0.715 };
    const logs = plantedRuns(experiment, { ...planted, 'cbn-all': { shift: -0.02, sd: 0.001 } });
    const [nobn, all] = claimOf(logs, 2, experiment);
    expect(nobn).toMatchObject({ verdict: 'supported', n: 12 });
    expect(all).toMatchObject({ pFor: null, test: 'steps of cbn-all = steps of bn' });
    expect(all!.verdict).not.toBe('supported');
    expect(all!.sentence).toContain('Left out because they never reached the target: cbn-all-seed');
  });

  it('says what is missing before the first run', () => {
    const { comparisons, claims, notes } = analyse(experimentOf(1, { norm: ['bn', 'cbn-all'] }), []);
    expect(comparisons).toEqual([]);
    expect(claims.map(({ sentence }) => sentence)).toEqual([
      'Undecided: fewer than two pairs of runs have reached the target.',
      'Undecided: no pair of runs is done.',
    ]);
    expect(claims.map(({ claim }) => claim)).toEqual([2, 3]);
    expect(notes).toEqual(['Not started: bn, cbn-all.']);
  });

  it('notes runs that are not done, classes that are never predicted, and images held out of training', () => {
    const experiment = experimentOf(3, { norm: ['bn', 'cbn-all'] });
    const runs = plantedRuns(experiment, planted);
    const name = 'cbn-all-seed2';
    const changed = (change: (log: RunLog) => RunLog) =>
      runs.map((log) => (log.name === name ? change(log) : log));
    const notesOf = (logs: readonly RunLog[]) => analyse(experiment, logs).notes;
    expect(notesOf(runs)).toEqual([]);
    for (const state of ['running', 'interrupted'] as const) {
      expect(notesOf(changed((log) => ({ ...log, state })))).toEqual([
        'Not done yet, so in no mean: cbn-all with seed 2.',
      ]);
    }
    const dead = changed((log) => ({
      ...log,
      evaluations: log.evaluations.map((each) => ({ ...each, neverPredicted: ['cat', 'dog'] })),
    }));
    expect(notesOf(dead)).toEqual([`Never predict a class: ${name} (cat, dog).`]);
    const validated = runs.map(({ head, ...log }) => ({
      ...log,
      head: log.name === name ? { ...head, settings: { ...head.settings, validation: 0.1 } } : head,
    }));
    expect(analyse(experiment, validated, { decideNothing: new Set(['validation']) }).notes).toEqual([
      `Accuracies are on images held out of training, not on test images: ${name}.`,
    ]);
  });

  it('notes runs that no arm and seed have, and the second of two runs of one arm and seed', () => {
    const experiment = experimentOf(1, { norm: ['bn', 'none'] });
    const logs = ['bn-seed1', 'none-seed1', 'bn-seed2', 'again'].map((name) =>
      plantedLog(
        name,
        { norm: name === 'none-seed1' ? 'none' : 'bn', seed: name === 'bn-seed2' ? 2 : 1 },
        0.7,
      ),
    );
    expect(analyse(experiment, logs).notes).toEqual([
      'Left out, as no arm and seed are theirs, or another run has the same: bn-seed2, again.',
    ]);
    const misplaced = plantedLog('none-seed1', { norm: 'bn', seed: 1 }, 0.7);
    expect(analyse(experiment, [logs[0]!, misplaced]).notes).toEqual([
      'Not started: none.',
      'Left out, as no arm and seed are theirs, or another run has the same: none-seed1.',
    ]);
  });

  it('notes differences by group, where there are several', () => {
    const experiment = experimentOf(1, { norm: ['bn', 'cbn-all'], activation: ['relu', 'tanh'] });
    const both = { shift: 0, sd: 0.001 };
    const logs = plantedRuns(experiment, {
      'bn-relu': both,
      'bn-tanh': both,
      'cbn-all-relu': both,
      'cbn-all-tanh': both,
    });
    const index = logs.findIndex(({ name }) => name === 'bn-tanh-seed1');
    const { settings } = logs[index]!.head;
    logs[index] = plantedLog('bn-tanh-seed1', settings, 0.7, { version: '1.0.1' });
    expect(analyse(experiment, logs).notes).toEqual([
      'tanh: The runs differ in normlab, so their results may differ in the last bits: 1.0.1 (bn-tanh-seed1); 1.0.0 (cbn-all-tanh-seed1).',
    ]);
  });

  it('has the ratios of step times, if there are any, and names its format', () => {
    const stepTimes = {
      ...{ format: 'normlab-step-times-1', date: '', machine: '', node: '', backend: '' },
      networks: [{ name: 'nin', seconds: { bn: [2, 4], 'cbn-all': [1, 2], none: [3, 6] } }],
    } as const;
    const experiment = experimentOf(1, { norm: ['bn', 'cbn-all'] });
    const found = analyse(experiment, [], { stepTimes } as unknown as Parameters<typeof analyse>[2]);
    expect(found).toMatchObject({
      format: 'normlab-results-1',
      stepTimes: [
        { network: 'nin', arm: 'cbn-all', ratio: expect.closeTo(0.5, 12) },
        { network: 'nin', arm: 'none', ratio: expect.closeTo(1.5, 12) },
      ],
    });
    expect(found.claims.filter(({ claim }) => claim === 11)).toMatchObject([
      {
        group: 'nin',
        test: 'step time of cbn-all below bn',
        n: 2,
        sentence: expect.not.stringContaining('Left'),
      },
    ]);
    expect(analyse(experiment, [])).not.toHaveProperty('stepTimes');
  });

  it('compares what few pairs allow: no test of one, no exact signs of more than twenty', () => {
    const compared = (seeds: number, drop: readonly string[] = []) => {
      const experiment = experimentOf(seeds, { norm: ['bn', 'cbn-all'] });
      const logs = plantedRuns(experiment, planted).filter(({ name }) => !drop.includes(name));
      return analyse(experiment, logs).comparisons[0]!;
    };
    expect(compared(1)).toMatchObject({
      adjusted: null,
      welch: null,
      pairsToDecide: null,
      convergence: null,
    });
    expect(compared(2).welch).not.toBeNull();
    expect(compared(2).convergence).not.toBeNull();
    expect(compared(2).pairsToDecide).toBeGreaterThan(1);
    expect(compared(2, ['cbn-all-seed2']).welch).toBeNull();
    expect(compared(2, ['bn-seed2']).welch).toBeNull();
    // A run that is missing has not failed to reach the target.
    expect(compared(2, ['bn-seed2']).neverReached).toEqual([]);
    expect(compared(21).signFlip).toBeNull();
  });

  it('enumerates the signs of twenty pairs', () => {
    const experiment = experimentOf(20, { norm: ['bn', 'cbn-all'] });
    expect(analyse(experiment, plantedRuns(experiment, planted)).comparisons[0]!.signFlip).not.toBeNull();
  });

  it('compares nothing in a group without the reference arm', () => {
    const arms = [
      { norm: ['bn', 'none'], model: ['nin'] },
      { norm: ['none', 'cbn-all'], model: ['all-cnn'] },
    ];
    const experiment = parseExperiment({ title: 'Blocks', arms, seeds: 2, reference: { norm: 'bn' } });
    const each = { shift: 0, sd: 0.001 };
    const logs = plantedRuns(experiment, {
      ...{ 'bn-nin': each, 'none-nin': each, 'none-all-cnn': each, 'cbn-all-all-cnn': each },
    });
    expect(analyse(experiment, logs).comparisons.map(({ arm }) => arm)).toEqual(['none-nin']);
  });

  it('names missing runs by arm and seeds', () => {
    const experiment = parseExperiment({
      title: 'Missing',
      arms: { norm: ['bn', 'cbn-all', 'none'] },
      seeds: 4,
      reference: { norm: 'bn' },
    });
    const equal = { shift: 0, sd: 0.01 };
    const logs = plantedRuns(experiment, { bn: equal, 'cbn-all': equal, none: equal }).filter(
      ({ name }) => !/^(bn-seed[134]|cbn-all-seed2|none-.*)$/.test(name),
    );
    const { notes } = analyse(experiment, logs);
    expect(notes).toEqual(['Not started: bn with seeds 1, 3 and 4, cbn-all with seed 2, none.']);
  });

  it('keeps every note short, however many runs it is about', () => {
    const experiment = experimentOf(400, { norm: ['bn', 'cbn-all'] });
    const [first, ...logs] = plantedRuns(experiment, planted);
    const dead = logs.map((log) => ({
      ...log,
      evaluations: log.evaluations.map((each) => ({ ...each, neverPredicted: ['cat'] })),
    }));
    const { notes } = analyse(
      experiment,
      [first!, ...dead].filter((_, index) => index % 3 !== 0),
    );
    expect(notes.length).toBeGreaterThan(1);
    for (const note of notes) expect(note.length).toBeLessThan(400);
  });
});

describe('inferExperiment', () => {
  const of = (...all: Settings[]) => all.map((settings, index) => plantedLog(`run${index}`, settings, 0.7));

  it('makes arms of what differs, seeds in order, and the first run the reference where none has bn', () => {
    const logs = of(
      { norm: 'none', l2: 0.1, batch: 8, seed: 10 },
      { norm: 'cbn-all', l2: 0.1, seed: 9 },
      { norm: 'none', l2: 0.1, batch: 8, seed: 9 },
    );
    expect(inferExperiment(logs)).toEqual({
      title: 'Runs',
      settings: { model: 'all-cnn', dataset: 'cifar10', l2: 0.1 },
      arms: [{ norm: ['none'], batch: [8] }, { norm: ['cbn-all'] }],
      when: [],
      seeds: [9, 10],
      reference: { norm: 'none', batch: 8 },
      margin: 0.005,
    });
    const withBatchNorm = inferExperiment([...logs, ...of({ norm: 'bn', l2: 0.1, seed: 9 })], {
      title: 'Mine',
    });
    expect(withBatchNorm).toMatchObject({ title: 'Mine', reference: { norm: 'bn' } });
  });

  it('has one arm, named by its norm, where nothing differs', () => {
    const { arms, reference } = inferExperiment(of({ norm: 'none', seed: 1 }, { norm: 'none', seed: 2 }));
    expect([arms, reference]).toEqual([[{ norm: ['none'] }], { norm: 'none' }]);
    expect(inferExperiment(of({ seed: 1 })).arms).toEqual([{ model: ['all-cnn'] }]);
  });

  it.each([
    ['the default', [{}, { activation: 'tanh' }]],
    ['another value', [{ activation: 'tanh' }, {}]],
    ['one of several', [{ activation: 'tanh' }, {}, { activation: 'tanh', trainImages: 40 }]],
  ])('shows each run under its own arm, and compares them, where %s is first', (_, all) => {
    const logs = all.map((settings, index) =>
      plantedLog(`run${index}`, { norm: 'bn', seed: 1, ...settings }, 0.5 + index / 10),
    );
    const experiment = inferExperiment(logs);
    expect(parseExperiment(JSON.parse(JSON.stringify(experiment)))).toEqual(experiment);
    const { groups, comparisons, notes } = analyse(experiment, logs);
    const shown = groups.flatMap(({ arms }) => arms.map(({ settings, seeds }) => [settings, seeds[0]!.run]));
    expect(shown).toEqual(all.map((settings, index) => [{ norm: 'bn', ...settings }, `run${index}`]));
    expect(comparisons).toHaveLength(all.length - 1);
    expect(notes).toEqual([]);
  });

  it('shows a run under its own arm, whatever run of another arm its folder is named like', () => {
    const small = { norm: 'bn', trainImages: 40 };
    const logs = [
      plantedLog('bn-seed1', { ...small, seed: 1 }, 0.5),
      plantedLog('big', { norm: 'bn', seed: 2 }, 0.7),
    ];
    const [all] = analyse(inferExperiment(logs), logs).groups;
    expect(
      all!.arms.map(({ name, seeds }) => [name, ...seeds.map(({ run, state }) => `${run} ${state}`)]),
    ).toEqual([
      ['bn-trainImages-40', 'bn-seed1 done', 'bn-trainImages-40-seed2 missing'],
      ['bn', 'bn-seed1 missing', 'big done'],
    ]);
  });

  it.each(['first', 'last'])(
    'gives no arm what only another has, where the run with a spec is %s',
    (place) => {
      const ordered = <Each>(all: Each[]) => (place === 'first' ? all : all.reverse());
      const dependsOn = { spec: ['model'], model: ['spec'], width: ['spec', 'model'] };
      const plain = plantedLog('plain', { norm: 'bn', width: 0.5, seed: 1 }, 0.7);
      const { model: _model, width: _width, ...shared } = plain.head.settings;
      const settings: Settings = { ...shared, spec: 'mine.json' };
      const logs = ordered([{ ...plain, name: 'spec', head: { ...plain.head, settings } }, plain]);
      const experiment = inferExperiment(logs, { dependsOn });
      const arms = ordered<object>([{ spec: ['mine.json'] }, { model: ['all-cnn'] }]);
      expect(experiment).toMatchObject({
        arms,
        when: [{ arm: { model: 'all-cnn' }, settings: { width: 0.5 } }],
      });
      expect(analyse(experiment, logs, { dependsOn }).comparisons).toHaveLength(1);
    },
  );

  it('takes what follows from another setting into `when`, unless it makes arms of its own', () => {
    const dependsOn = { momentum: ['optimizer'], finalLearningRate: ['learningRate'] };
    const sgd = { norm: 'bn', optimizer: 'sgd', momentum: 0.9, seed: 1 };
    const two = of({ norm: 'bn', optimizer: 'adamw', seed: 1 }, sgd);
    const experiment = inferExperiment(two, { dependsOn });
    expect(experiment).toMatchObject({
      arms: [{ optimizer: ['adamw'] }, { optimizer: ['sgd'] }],
      when: [{ arm: { optimizer: 'sgd' }, settings: { momentum: 0.9 } }],
      reference: { optimizer: 'adamw' },
    });
    expect(analyse(experiment, two, { dependsOn }).comparisons).toHaveLength(1);
    const rates = [
      { learningRate: 0.1, finalLearningRate: 0.001 },
      { learningRate: 0.1, finalLearningRate: 0.01 },
      { learningRate: 0.2, finalLearningRate: 0.002 },
    ];
    expect(inferExperiment(of(...rates), { dependsOn })).toMatchObject({
      arms: rates.map((each) => ({
        learningRate: [each.learningRate],
        finalLearningRate: [each.finalLearningRate],
      })),
      when: [],
    });
  });

  it('makes arms of the settings that differ in committed runs', async () => {
    const folder = fileURLToPath(new URL('../../../docs/evidence/table-3', import.meta.url));
    const logs = await Promise.all((await runFolders(folder)).map((each) => readRun(each)));
    const experiment = inferExperiment(logs);
    expect(experiment).toMatchObject({ reference: { norm: 'bn' }, seeds: [1, 2, 3] });
    const { comparisons } = analyse(experiment, logs);
    expect(comparisons.map(({ group, seeds }) => [group, seeds])).toEqual([
      ['prelu', [1, 2, 3]],
      ['relu', [1, 2, 3]],
      ['tanh', [1, 2, 3]],
    ]);
  });
});
