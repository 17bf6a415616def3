import { DataError } from '@normlab/errors';
import { randomStream } from '@normlab/random';
import { describe, expect, it } from 'vitest';
import { analyse, parseExperiment, parseStepTimes, type StepTimes, stepTimeRatios } from '../src/index.js';

const machine = { machine: 'here', node: '20', backend: 'wasm', date: '2026-01-01' };
const timesOf = (seconds: Record<string, number[]>): StepTimes => {
  return { format: 'normlab-step-times-1', ...machine, networks: [{ name: 'all-cnn', seconds }] };
};

/** Rounds whose load makes all placements slower together, and each by itself by about 1 %. */
function rounds(count: number, seconds: Record<string, number>): Record<string, number[]> {
  const stream = randomStream(1);
  const loads = Array.from({ length: count }, () => 1 + stream.uniform());
  return Object.fromEntries(
    Object.entries(seconds).map(([name, each]) => [
      name,
      loads.map((load) => each * load * Math.exp(0.01 * stream.normal())),
    ]),
  );
}

function verdictOf(times: StepTimes) {
  const experiment = parseExperiment({
    title: 'Step times',
    arms: { norm: ['bn', 'cbn-all'] },
    seeds: 1,
    reference: { norm: 'bn' },
  });
  return analyse(experiment, [], { stepTimes: times }).claims.find(({ claim }) => claim === 11);
}

describe('stepTimeRatios', () => {
  it('takes the ratio round by round: its median, and the exact interval', () => {
    const times = { bn: [1, 2, 4, 1, 1, 1], 'cbn-all': [1, 4, 4, 1.5, 1.25, 3] };
    const [ratio, ...others] = stepTimeRatios(timesOf(times));
    expect(others).toEqual([]);
    expect(ratio).toMatchObject({ network: 'all-cnn', arm: 'cbn-all', reference: 'bn', n: 6 });
    expect(ratio).toMatchObject({ seconds: 2.25, referenceSeconds: 1 });
    // The ratios are 1, 1, 1.25, 1.5, 2, 3; the middle of two logarithms is that of their product's root. P(B = 0) = 1/64
    // is below .025, P(B ≤ 1) = 7/64 is not: the interval is the whole range.
    expect(ratio!.ratio).toBeCloseTo(Math.sqrt(1.25 * 1.5), 12);
    expect(ratio!.interval![0]).toBeCloseTo(1, 12);
    expect(ratio!.interval![1]).toBeCloseTo(3, 12);
  });

  it('has no interval with 5 rounds: their whole range holds the median in 15 of 16 cases only', () => {
    const [ratio] = stepTimeRatios(timesOf({ bn: [1, 1, 1, 1, 1], 'cbn-all': [1, 2, 3, 4, 5] }));
    expect(ratio).toMatchObject({ n: 5, interval: null });
    expect(ratio!.ratio).toBeCloseTo(3, 12);
  });

  it('has none for a network without the reference', () => {
    expect(stepTimeRatios(timesOf({ 'cbn-all': [1, 2] }))).toEqual([]);
  });
});

describe('the claim that constant batch norm takes less time', () => {
  it('is supported by planted times that are 5 % shorter, whatever the load', () => {
    const verdict = verdictOf(timesOf(rounds(30, { bn: 0.4, 'cbn-all': 0.38 })));
    expect(verdict).toMatchObject({ verdict: 'supported', n: 30, group: 'all-cnn' });
    expect(verdict!.sentence).toMatch(
      /^Supported: a step of cbn-all over one of bn is ×0\.9\d\d, 95 % interval/,
    );
    expect(verdict!.sentence).toContain('(n = 30 rounds)');
  });

  it('is supported also if three of the rounds met something slow', () => {
    const times = rounds(30, { bn: 0.4, 'cbn-all': 0.38 });
    for (const round of [3, 11, 20]) times['cbn-all']![round]! *= 20;
    const verdict = verdictOf(timesOf(times));
    expect(verdict).toMatchObject({ verdict: 'supported', n: 30 });
    expect(Math.exp(verdict!.estimate!)).toBeCloseTo(0.95, 2);
  });

  it('is contradicted by equal times: not faster by 2 % or more', () => {
    const verdict = verdictOf(timesOf(rounds(30, { bn: 0.4, 'cbn-all': 0.4 })));
    expect(verdict).toMatchObject({ verdict: 'contradicted' });
    expect(verdict!.sentence).toContain('; not faster by 2 % or more');
  });

  it('is undecided with few rounds', () => {
    const verdict = verdictOf(timesOf({ bn: [1, 1.1, 1.05], 'cbn-all': [1.02, 1.05, 1.06] }));
    expect(verdict).toMatchObject({ verdict: 'undecided' });
    expect(verdict!.sentence).toContain('more rounds are needed');
  });

  it('is not judged without timings', () => {
    const experiment = {
      title: 'None',
      arms: { norm: ['bn', 'cbn-all'] },
      seeds: 1,
      reference: { norm: 'bn' },
    };
    expect(analyse(parseExperiment(experiment), []).claims.some(({ claim }) => claim === 11)).toBe(false);
  });
});

describe('parseStepTimes', () => {
  const parse = (content: unknown) => () => parseStepTimes('step-times.json', JSON.stringify(content));
  const whole = timesOf({ bn: [1, 2], 'cbn-all': [1, 2] });

  it('reads what was written', () => {
    expect(parse(whole)()).toEqual(whole);
  });

  it.each([
    [
      'not JSON',
      () => parseStepTimes('step-times.json', '{'),
      'parseStepTimes: step-times.json must be JSON',
    ],
    ['no object', parse([]), 'parseStepTimes: step-times.json must be as npm run bench writes it'],
    [
      'another format',
      parse({ ...whole, format: 'x' }),
      'step-times.json: format must be as npm run bench writes it (Invalid',
    ],
    ['a time of 0', parse(timesOf({ bn: [0, 1] })), 'networks.0.seconds.bn.0'],
    ['a single round', parse(timesOf({ bn: [1] })), 'networks.0.seconds.bn'],
    [
      'rounds that are not pairs',
      parse(timesOf({ bn: [1, 2], 'cbn-all': [1, 2, 3] })),
      'step-times.json: all-cnn must have as many rounds of every placement',
    ],
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(DataError);
    expect(run).toThrow(message);
  });
});
