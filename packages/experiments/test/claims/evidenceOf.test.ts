import { describe, expect, it } from 'vitest';
import { evidenceOf } from '../../src/claims/evidenceOf.js';
import { analyse, inferExperiment, parseExperiment, type RunLog } from '../../src/index.js';
import { type Planted, plantedLog, plantedRuns } from '../plantedRuns.js';

const experimentOf = (seeds: number, arms: Record<string, string[]>, settings = {}) =>
  parseExperiment({ title: 'Planted', arms, seeds, settings, reference: { norm: 'bn' } });
const sd = 0.001;
const claimsOf = (experiment: ReturnType<typeof experimentOf>, logs: readonly RunLog[]) =>
  analyse(experiment, logs).claims.map(({ claim, group, test, verdict }) => [claim, group, test, verdict]);

describe('which claims are asked', () => {
  const arms = { norm: ['bn', 'cbn-lconv-nobn'], model: ['all-cnn', 'resnet-29'] };
  const planted: Record<string, Planted> = Object.fromEntries(
    arms.norm.flatMap((norm) => arms.model.map((model) => [`${norm}-${model}`, { shift: 0, sd }])),
  );

  it('those about certain networks only of these', () => {
    const experiment = experimentOf(3, arms);
    const asked = claimsOf(experiment, plantedRuns(experiment, planted)).map(([claim, group]) => [
      claim,
      group,
    ]);
    expect(asked).toEqual([
      [1, 'all-cnn'],
      [2, 'all-cnn'],
      [2, 'resnet-29'],
      [4, 'resnet-29'],
      [14, 'all-cnn'],
      [14, 'resnet-29'],
    ]);
    // Before a run has started, nobody knows the networks.
    expect(claimsOf(experiment, []).map(([claim]) => claim)).toEqual([2, 2, 14, 14]);
  });

  it('only some of networks with other layers than the paper’s, whether arms or all runs have them', () => {
    const whole = experimentOf(3, { norm: ['bn', 'cbn-lconv-nobn'] }, { normKind: 'group' });
    expect(claimsOf(whole, []).map(([claim]) => claim)).toEqual([14]);
    const some = experimentOf(3, { norm: ['bn', 'cbn-lconv-nobn'], head: ['conv', 'dense'] });
    expect(claimsOf(some, []).map(([claim, group]) => [claim, group])).toEqual([
      [2, 'conv'],
      [14, 'conv'],
      [14, 'dense'],
    ]);
  });

  it.each([
    ['its settings', { settings: { normKind: 'layer' } }],
    ['`when`', { when: [{ arm: {}, settings: { normKind: 'layer' } }] }],
    ['its recipe', { extends: 'mine.json' }],
  ])('by the layers that the runs have, wherever the experiment has them from: %s', (_, more) => {
    const experiment = parseExperiment({
      ...{ title: 'Layer norm', arms: { norm: ['bn', 'none'] }, seeds: 3, reference: { norm: 'bn' } },
      ...more,
    });
    const logs = plantedRuns(experiment, { bn: { shift: 0, sd }, none: { shift: -0.1, sd } });
    const withLayerNorm = logs.map(({ name, head }) =>
      plantedLog(name, { ...head.settings, normKind: 'layer' }, name.startsWith('bn') ? 0.8 : 0.7),
    );
    expect(claimsOf(experiment, withLayerNorm)).toEqual([]);
    expect(claimsOf(inferExperiment(withLayerNorm), withLayerNorm)).toEqual([]);
  });

  it('by the layers of a spec, which its settings do not name', () => {
    const experiment = experimentOf(3, { norm: ['bn', 'none'] });
    const layers = [{ type: 'norm', kind: 'layer' }];
    const logs = plantedRuns(experiment, { bn: { shift: 0, sd }, none: { shift: -0.1, sd } });
    const withLayerNorm = logs.map((log) => ({ ...log, head: { ...log.head, spec: { layers } } }));
    expect(claimsOf(experiment, withLayerNorm)).toEqual([]);
  });

  it('by the layers of the arms that a claim is about, whatever another arm has', () => {
    const norms = { norm: ['bn', 'cbn-all', 'none'] };
    const shift = { bn: 0, 'cbn-all': 0, none: -0.1 };
    const planted = Object.fromEntries(Object.entries(shift).map(([norm, by]) => [norm, { shift: by, sd }]));
    const asked = (norm: string) => {
      const when = [{ arm: { norm }, settings: { convBias: true } }];
      const experiment = { ...experimentOf(3, norms), when };
      return claimsOf(experiment, plantedRuns(experiment, planted)).map(([, , test]) => test);
    };
    const beyond = 'cbn-all below bn';
    expect(asked('none')).toEqual(['steps of cbn-all = steps of bn', beyond]);
    expect(asked('cbn-all')).toEqual([beyond, 'none below bn']);
    expect(asked('bn')).toEqual([beyond]);
  });

  it('by the layers that the runs have, not by those of the experiment', () => {
    const experiment = experimentOf(3, { norm: ['bn', 'none'] });
    const logs = plantedRuns(experiment, { bn: { shift: 0, sd }, none: { shift: -0.1, sd } });
    const asked = claimsOf({ ...experiment, settings: { normKind: 'layer' } }, logs);
    expect(asked.map(([claim]) => claim)).toEqual([13]);
  });
});

describe('better', () => {
  const experiment = experimentOf(12, { norm: ['bn', 'cbn-lconv-bn'], model: ['resnet-29', 'resnet-101'] });
  const verdict = (shift: number) => {
    const runs = plantedRuns(experiment, {
      'bn-resnet-29': { shift: 0, sd },
      'cbn-lconv-bn-resnet-29': { shift, sd },
      'bn-resnet-101': { shift: 0, sd },
      'cbn-lconv-bn-resnet-101': { shift: -shift, sd },
    });
    return claimsOf(experiment, runs).filter(([claim]) => claim === 5);
  };

  it('is the opposite of worse, in each group by itself', () => {
    const test = 'cbn-lconv-bn above bn';
    expect(verdict(0.03)).toEqual([
      [5, 'resnet-29', test, 'supported'],
      [5, 'resnet-101', test, 'contradicted'],
    ]);
    expect(verdict(-0.03)).toEqual([
      [5, 'resnet-29', test, 'contradicted'],
      [5, 'resnet-101', test, 'supported'],
    ]);
    // Neither: not worse, and not better by the margin of half a point.
    expect(verdict(0)).toEqual([
      [5, 'resnet-29', test, 'contradicted'],
      [5, 'resnet-101', test, 'contradicted'],
    ]);
  });
});

describe('the interaction with the activation', () => {
  const experiment = experimentOf(8, { norm: ['bn', 'cbn-lconv-nobn'], activation: ['relu', 'tanh'] });
  const planted = (tanh: number) =>
    plantedRuns(experiment, {
      'bn-relu': { shift: 0, sd },
      'bn-tanh': { shift: -0.06, sd },
      'cbn-lconv-nobn-relu': { shift: -0.02, sd },
      'cbn-lconv-nobn-tanh': { shift: tanh, sd },
    });
  const line = `${JSON.stringify({ type: 'diverged', step: 40, reason: 'the loss is NaN', seconds: 1 })}\n`;
  const ofTanh = (logs: readonly RunLog[], within = experiment) =>
    analyse(within, logs).claims.filter(({ claim }) => claim === 9);

  it('is the difference with tanh minus that with relu, seed by seed', () => {
    const [verdict] = ofTanh(planted(-0.12));
    // −.06 with tanh, −.02 with relu.
    expect(verdict).toMatchObject({ group: 'tanh', verdict: 'supported', n: 8 });
    expect(verdict!.estimate).toBeCloseTo(-0.04, 2);
    expect(ofTanh(planted(-0.08))).toMatchObject([{ verdict: 'contradicted' }]);
  });

  it('leaves out seeds that diverged in either, and names these runs', () => {
    const diverge = (names: RegExp) =>
      planted(-0.12).map((log) =>
        names.test(log.name) ? plantedLog(log.name, log.head.settings, 0, { lines: line }) : log,
      );
    const [verdict] = ofTanh(diverge(/^(bn-relu-seed3|cbn-lconv-nobn-tanh-seed5)$/));
    expect(verdict).toMatchObject({ n: 6, verdict: 'supported' });
    expect(verdict!.sentence).toContain(
      'Left out because they diverged: cbn-lconv-nobn-tanh-seed5, bn-relu-seed3.',
    );
    // No seed is left of which all four are done.
    const [none] = ofTanh(diverge(/^(bn-relu-seed[1-4]|cbn-lconv-nobn-tanh-seed[5-8])$/));
    expect(none).toMatchObject({ n: 0, estimate: null, verdict: 'undecided' });
    const [empty] = ofTanh(diverge(/relu/));
    expect(empty).toMatchObject({ n: 0, estimate: null });
    expect(ofTanh(diverge(/tanh/))).toMatchObject([{ n: 0, estimate: null }]);
  });

  it('is that of its own arm, whatever other arms there are', () => {
    const three = experimentOf(8, {
      norm: ['bn', 'cbn-all', 'cbn-lconv-nobn'],
      activation: ['relu', 'tanh'],
    });
    const [verdict] = ofTanh(
      plantedRuns(three, {
        'bn-relu': { shift: 0, sd },
        'bn-tanh': { shift: -0.06, sd },
        'cbn-all-relu': { shift: -0.01, sd },
        'cbn-all-tanh': { shift: -0.36, sd },
        'cbn-lconv-nobn-relu': { shift: -0.02, sd },
        'cbn-lconv-nobn-tanh': { shift: -0.12, sd },
      }).map((log) =>
        log.name === 'cbn-all-tanh-seed1' ? plantedLog(log.name, log.head.settings, 0, { lines: line }) : log,
      ),
      three,
    );
    expect(verdict!.estimate).toBeCloseTo(-0.04, 2);
    expect(verdict!.sentence).not.toContain('Left out');
  });

  it('is that of the two norms only, where another one is the reference', () => {
    const norms = { norm: ['none', 'bn', 'cbn-lconv-nobn'], activation: ['relu', 'tanh'] };
    const other = { ...experimentOf(8, norms), reference: { norm: 'none' } };
    const arms = norms.norm.flatMap((norm) => norms.activation.map((activation) => `${norm}-${activation}`));
    const logs = plantedRuns(other, Object.fromEntries(arms.map((name) => [name, { shift: 0, sd }])));
    expect(ofTanh(logs, other)).toMatchObject([
      {
        ...{ n: 0, estimate: null },
        sentence: 'Undecided: the runs are not compared, as bn-tanh is not the reference of its group.',
      },
    ]);
    expect(ofTanh([], experimentOf(2, { norm: ['bn', 'cbn-all'], activation: ['relu', 'tanh'] }))).toEqual(
      [],
    );
  });

  it('finds the group of the base activation, in whatever order the settings are written', () => {
    const norm = ['bn', 'cbn-lconv-nobn'];
    const swapped = parseExperiment({
      ...{ title: 'Swapped', seeds: 3, reference: { norm: 'bn' } },
      arms: [
        { norm, activation: ['relu'], width: [1] },
        { norm, width: [1], activation: ['tanh'] },
      ],
    });
    expect(ofTanh([], swapped)).toHaveLength(1);
  });

  it('needs the base activation among the arms', () => {
    const alone = experimentOf(2, { norm: ['bn', 'cbn-lconv-nobn'], activation: ['tanh', 'elu'] });
    expect(ofTanh([], alone)).toEqual([]);
  });
});

describe('worse', () => {
  const experiment = experimentOf(12, { norm: ['bn', 'cbn-all'] });
  const of = (shift: number, within = experiment) => {
    const logs = plantedRuns(within, {
      bn: { shift: 0, sd },
      'cbn-all': { shift, sd },
      none: { shift: 0, sd },
    });
    return analyse(within, logs).claims.find(({ claim }) => claim === 3);
  };

  it('is contradicted by an arm that is much better; what would decide is then unasked', () => {
    expect(of(0.03)).toMatchObject({ verdict: 'contradicted', needed: null });
    expect(of(-0.03)).toMatchObject({ verdict: 'supported', needed: null });
  });

  it('needs both arms, and a comparison of the two: none with another reference', () => {
    const reference = { norm: 'none' };
    const lacking = {
      ...experimentOf(12, { norm: ['bn', 'cbn-all'] }),
      arms: [{ norm: ['none', 'cbn-all'] }],
      reference,
    };
    expect(of(-0.03, lacking)).toBeUndefined();
    const other = { ...lacking, arms: [{ norm: ['none', 'bn', 'cbn-all'] }] };
    expect(of(-0.03, other)).toMatchObject({
      ...{ n: 0, estimate: null },
      sentence: 'Undecided: the runs are not compared, as bn is not the reference of its group.',
    });
  });

  it('is undecided, and says why, where the runs differ in more than their arms', () => {
    const logs = plantedRuns(experiment, { bn: { shift: 0, sd }, 'cbn-all': { shift: -0.03, sd } });
    const [first, ...others] = logs;
    const changed = plantedLog(first!.name, { ...first!.head.settings, l2: 0.1 }, 0.73);
    expect(analyse(experiment, [changed, ...others]).claims.map(({ sentence }) => sentence)).toEqual(
      new Array(2).fill('Undecided: the runs are not compared, as they differ: see the notes.'),
    );
  });

  it('is about the arms that are like the reference, the norm aside, where several have it', () => {
    const arms = { norm: ['cbn-all', 'bn'], batch: [8, 16] };
    const several = parseExperiment({
      title: 'Several',
      arms,
      seeds: 12,
      reference: { norm: 'bn', batch: 16 },
    });
    const logs = plantedRuns(several, {
      'cbn-all-batch-8': { shift: 0.03, sd },
      'cbn-all-batch-16': { shift: -0.03, sd },
      'bn-batch-8': { shift: 0.03, sd },
      'bn-batch-16': { shift: 0, sd },
    });
    const verdict = analyse(several, logs).claims.find(({ claim }) => claim === 3);
    expect(verdict).toMatchObject({ verdict: 'supported', estimate: expect.closeTo(-0.03, 2) });
  });

  it('is adjusted over the tests that have a p', () => {
    const logs = plantedRuns(experiment, { bn: { shift: 0, sd }, 'cbn-all': { shift: -0.001, sd } });
    // No run reaches the target, so that the claim about convergence has no p.
    const { claims, comparisons } = analyse({ ...experiment, target: 0.99 }, logs);
    expect(claims.map(({ claim, pFor }) => [claim, pFor])).toEqual([
      [2, null],
      [3, comparisons[0]!.paired.pBelow],
    ]);
  });

  it('against it: the t test of the differences with the margin added', () => {
    const group = {
      ...{ name: 'all', settings: {}, model: null, dataset: null, reference: 'bn', target: null },
      arms: ['bn', 'cbn-all'].map((norm) => ({ name: norm, settings: { norm }, seeds: [] })),
    };
    const comparison = { group: 'all', arm: 'cbn-all', reference: 'bn', differences: [0.01, 0.02, 0.03] };
    const options = {
      ...{ experiment: { ...experiment, margin: 0.005 }, groups: [group], comparisons: [comparison] },
      ...{ logs: [], recordings: new Map(), stepTimes: undefined },
    } as unknown as Parameters<typeof evidenceOf>[2];
    const claim = { id: 3, words: '', source: '', judgements: [] };
    const [evidence] = evidenceOf({ kind: 'worse', arm: 'cbn-all', reference: 'bn' }, claim, options);
    // t = (.02 + .005)·√3/.01; with two degrees of freedom P(T > t) = ½ − t/(2√(2 + t²)).
    const t = (0.025 * Math.sqrt(3)) / 0.01;
    expect(evidence!.pAgainst).toBeCloseTo(0.5 - t / (2 * Math.sqrt(2 + t * t)), 10);
  });

  it('for convergence, more pairs are only of use if all runs reach the target', () => {
    const noisy = experimentOf(3, { norm: ['bn', 'cbn-all'] });
    const logs = plantedRuns(noisy, { bn: { shift: 0, sd: 0.01 }, 'cbn-all': { shift: 0, sd: 0.01 } });
    const convergence = (target: number) =>
      analyse({ ...noisy, target }, logs).claims.find(({ claim }) => claim === 2);
    expect(convergence(0.6)).toMatchObject({ n: 3, sentence: expect.not.stringContaining('never') });
    expect(convergence(0.6)!.needed ?? 0).toBeGreaterThan(1);
    const accuracies = logs.map(({ evaluations }) => evaluations.at(-1)!.accuracy).sort((a, b) => a - b);
    const some = convergence((accuracies[0]! + accuracies[1]!) / 2);
    expect(some).toMatchObject({ n: 2, needed: null, pFor: null });
  });
});

describe('equal differences', () => {
  it('give no p, as their spread cannot be estimated', () => {
    const experiment = experimentOf(4, { norm: ['bn', 'cbn-all', 'cbn-lconv-nobn'] });
    const logs = [1, 2, 3, 4].flatMap((seed) =>
      ['bn', 'cbn-all', 'cbn-lconv-nobn'].map((norm) =>
        plantedLog(`${norm}-seed${seed}`, { norm, seed }, norm === 'bn' ? 0.75 : 0.5),
      ),
    );
    for (const { claim, pFor, pAgainst, needed, verdict } of analyse(experiment, logs).claims)
      expect([claim, pFor, pAgainst, needed, verdict]).toEqual([claim, null, null, null, 'undecided']);
  });
});
