import { describe, expect, it } from 'vitest';
import { analyse, parseExperiment, type RunLog } from '../../src/index.js';
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
    const line = `${JSON.stringify({ type: 'diverged', step: 40, reason: 'the loss is NaN', seconds: 1 })}\n`;
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

  it('needs the base activation among the arms', () => {
    const alone = experimentOf(2, { norm: ['bn', 'cbn-lconv-nobn'], activation: ['tanh', 'elu'] });
    expect(ofTanh([], alone)).toEqual([]);
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
