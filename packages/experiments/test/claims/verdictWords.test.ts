import { describe, expect, it } from 'vitest';
import type { Judgement } from '../../src/claims/claims.js';
import type { Evidence } from '../../src/claims/evidence.js';
import { signed, verdictWords } from '../../src/claims/verdictWords.js';

const arms = { arm: 'cbn-all', reference: 'bn' };
const withTanh = { kind: 'interaction', ...arms, base: 'relu', activation: 'tanh' } as const;
const judgements = {
  worse: { kind: 'worse', ...arms },
  better: { kind: 'better', ...arms },
  equivalent: { kind: 'equivalent', ...arms },
  convergence: { kind: 'convergence', ...arms },
  equalWithTanh: { ...withTanh, expect: 'equivalent' },
  worseWithTanh: { ...withTanh, expect: 'worse' },
  stepTime: { kind: 'step-time', ...arms },
  smallDrift: { kind: 'small-drift', norm: 'bn', limit: 0.1 },
  lastDrift: { kind: 'last-drift', norm: 'bn' },
  nearNormal: { kind: 'near-normal', norm: 'bn', limit: 0.05 },
} satisfies Record<string, Judgement>;

const evidence: Evidence = {
  ...{ group: 'all', test: '', n: 5, level: 0.95, pFor: null, pAgainst: null, needed: null, leftOut: [] },
  ...{ estimate: -0.012, interval: [-0.019, 0.005], bound: 0.005 },
};
/** A ratio of 1.05, and its interval. */
const ratio = { estimate: Math.log(1.05), interval: [Math.log(0.95), Math.log(1.2)] as const };

describe('a verdict in words', () => {
  const found = 'cbn-all − bn is −1.20 pp, 95 % interval −1.90 pp to +0.50 pp (n = 5 pairs of seeds)';
  const interaction =
    'cbn-all − bn with tanh minus that with relu is −1.20 pp, 95 % interval −1.90 pp to +0.50 pp (n = 5 pairs of seeds)';
  const steps =
    'steps of cbn-all over steps of bn is ×1.05, 95 % interval ×0.95 to ×1.20 (n = 5 pairs of seeds)';
  const time = 'a step of cbn-all over one of bn is ×1.050, 95 % interval ×0.950 to ×1.200 (n = 5 rounds)';
  const small = 'the largest drift of a gain or bias before the last norm is 0.070';
  const normal = 'the largest distance of a layer’s output to the normal is 0.070';
  const last = 'the drift of the last norm over the median drift of the others is ×1.05';
  const seeds = '95 % interval 0.060 to 0.080 (n = 5 seeds)';
  const drift = { estimate: 0.07, interval: [0.06, 0.08] as const, bound: 0.1 };

  it.each<[keyof typeof judgements, 'supported' | 'contradicted', Partial<Evidence>, string]>([
    ['worse', 'supported', {}, found],
    ['worse', 'contradicted', {}, `${found}; not worse by 0.50 pp`],
    ['better', 'supported', {}, found],
    ['better', 'contradicted', {}, `${found}; not better by 0.50 pp`],
    ['equivalent', 'supported', {}, `${found}; within ±0.50 pp`],
    ['equivalent', 'contradicted', {}, `${found}; beyond ±0.50 pp`],
    ['convergence', 'supported', ratio, `${steps}; within ±10 %`],
    ['convergence', 'contradicted', ratio, `${steps}; beyond ±10 %`],
    ['equalWithTanh', 'supported', {}, `${interaction}; within ±0.50 pp`],
    ['equalWithTanh', 'contradicted', {}, `${interaction}; beyond ±0.50 pp`],
    ['worseWithTanh', 'supported', {}, interaction],
    ['worseWithTanh', 'contradicted', {}, `${interaction}; not worse by 0.50 pp`],
    ['stepTime', 'supported', ratio, time],
    ['stepTime', 'contradicted', ratio, `${time}; not faster by 2 % or more`],
    ['smallDrift', 'supported', drift, `${small}, ${seeds}; below 0.100`],
    ['smallDrift', 'contradicted', drift, `${small}, ${seeds}; above 0.100`],
    ['nearNormal', 'supported', drift, `${normal}, ${seeds}; below 0.100`],
    ['nearNormal', 'contradicted', drift, `${normal}, ${seeds}; above 0.100`],
    ['lastDrift', 'supported', ratio, `${last}, 95 % interval ×0.95 to ×1.20 (n = 5 seeds)`],
    ['lastDrift', 'contradicted', ratio, `${last}, 95 % interval ×0.95 to ×1.20 (n = 5 seeds)`],
  ])('%s, %s', (name, verdict, more, words) => {
    const title = verdict === 'supported' ? 'Supported' : 'Contradicted';
    expect(verdictWords(verdict, judgements[name], { ...evidence, ...more })).toBe(`${title}: ${words}.`);
  });

  it.each<[Partial<Evidence>, string]>([
    [
      { needed: 6 },
      `${found}; if they differ by 0.50 pp, 6 pairs of seeds with this spread show it in 80 % of cases, before Holm’s adjustment`,
    ],
    [{ needed: 5 }, `${found}; more seeds are needed, or the true difference is close to the margin`],
    [{}, `${found}; more seeds are needed, or the true difference is close to the margin`],
    [
      { interval: [-0.012, -0.012 + 9e-9], estimate: -0.012 },
      `${found.replace('−1.90 pp to +0.50 pp', '−1.20 pp to −1.20 pp')}; the differences are all equal, so their standard deviation cannot be estimated`,
    ],
    [
      { n: 2, interval: null },
      'cbn-all − bn is −1.20 pp, no interval (n = 2 pairs of seeds); more seeds are needed, or the true difference is close to the margin',
    ],
    [
      { n: 1, interval: null },
      'cbn-all − bn is −1.20 pp, no interval (n = 1 pair of seeds); an interval needs at least two seeds',
    ],
  ])('undecided, %j: what would decide', (more, words) => {
    expect(verdictWords('undecided', judgements.worse, { ...evidence, ...more })).toBe(
      `Undecided: ${words}.`,
    );
  });

  it.each<[keyof typeof judgements, string]>([
    ['worse', 'if they differ by 0.50 pp'],
    ['better', 'if they differ by 0.50 pp'],
    ['worseWithTanh', 'if they differ by 0.50 pp'],
    ['equivalent', 'if they do not differ'],
    ['equalWithTanh', 'if they do not differ'],
    ['convergence', 'if they do not differ'],
  ])('undecided, %s: for which difference so many pairs are enough', (name, assumed) => {
    expect(verdictWords('undecided', judgements[name], { ...evidence, needed: 6 })).toContain(
      `; ${assumed}, 6 pairs of seeds with this spread show it in 80 % of cases, before Holm’s adjustment.`,
    );
  });

  it('undecided: rounds, and runs that never reached the target', () => {
    expect(verdictWords('undecided', judgements.stepTime, { ...evidence, ...ratio, n: 1 })).toBe(
      `Undecided: ${time.replace('5 rounds', '1 round')}; more rounds are needed.`,
    );
    const never = { ...evidence, ...ratio, neverReached: ['bn-seed1'] };
    expect(verdictWords('undecided', judgements.convergence, never)).toBe(
      `Undecided: ${steps}; some runs never reached the target. Left out because they never reached the target: bn-seed1.`,
    );
    expect(verdictWords('undecided', judgements.convergence, { ...never, neverReached: [] })).toBe(
      `Undecided: ${steps}; more seeds are needed, or the true difference is close to the margin.`,
    );
  });

  it.each<[keyof typeof judgements, string]>([
    ['worse', 'no pair of runs is done'],
    ['worseWithTanh', 'no pair of runs is done'],
    ['smallDrift', 'no seed of runs is done'],
    ['lastDrift', 'no seed of runs is done'],
    ['stepTime', 'no round of runs is done'],
    ['convergence', 'fewer than two pairs of runs have reached the target'],
  ])('%s, without an estimate', (name, words) => {
    const nothing = { ...evidence, n: 0, estimate: null, interval: null, leftOut: ['bn-seed1', 'bn-seed2'] };
    expect(verdictWords('undecided', judgements[name], nothing)).toBe(
      `Undecided: ${words}. Left out because they diverged: bn-seed1, bn-seed2.`,
    );
  });

  it.each<keyof typeof judgements>(['worse', 'convergence', 'worseWithTanh'])(
    '%s, of runs that are not compared',
    (name) => {
      const nothing = { ...evidence, n: 0, estimate: null, interval: null, notCompared: 'as they differ' };
      expect(verdictWords('undecided', judgements[name], nothing)).toBe(
        'Undecided: the runs are not compared, as they differ.',
      );
    },
  );

  it('has a minus sign in the interval of a drift too', () => {
    const drift = { ...evidence, estimate: 0.01, interval: [-0.02, 0.04] as const, bound: 0.1 };
    expect(verdictWords('supported', judgements.smallDrift, drift)).toContain('interval −0.020 to 0.040');
  });
});

it('signed numbers have a true minus sign, and 0 has none', () => {
  expect([1.234, -1.236, 0, -0.004, 0.004].map((each) => signed(each))).toEqual([
    '+1.23',
    '−1.24',
    '0.00',
    '0.00',
    '0.00',
  ]);
  expect(signed(-0.004, 3)).toBe('−0.004');
});
