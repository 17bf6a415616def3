import { describe, expect, it } from 'vitest';
import type { GroupResult } from '../../src/armResults.js';
import type { Judgement } from '../../src/claims/claims.js';
import { driftEvidence } from '../../src/claims/driftEvidence.js';
import type { Recording } from '../../src/recordings.js';

const histogram = { edges: [0, 1], counts: [1] };
const norm = (step: number, layer: string, variable: 'gain' | 'bias', drift: number): Recording => ({
  ...{ type: 'norm', step, layer, variable, drift, min: 0, max: 1, ...histogram },
});
const output = (step: number, layer: string, ks: number): Recording => ({
  ...{ type: 'output', step, layer, mean: 0, sd: 1, skew: 0, excessKurtosis: 0, ks, ...histogram },
});

/** The drifts of three norms after the last step: the larger one of gain and bias counts. */
const drifts = (first: number, second: number, last: number): Recording[] => [
  norm(10, 'norm1', 'gain', 9),
  norm(20, 'norm1', 'gain', first),
  norm(20, 'norm1', 'bias', first / 2),
  norm(20, 'norm2', 'gain', second / 2),
  norm(20, 'norm2', 'bias', second),
  norm(20, 'norm3', 'gain', last),
  output(30, 'norm3', 0.5),
];

const done = (run: string) => ({ run, state: 'done' });
const group = {
  name: 'tanh',
  arms: [
    { settings: { norm: 'cbn-all' }, seeds: [done('other')] },
    {
      settings: { norm: 'bn' },
      seeds: [done('a'), done('b'), done('c'), { run: 'd', state: 'diverged' }, done('e')],
    },
  ],
} as unknown as GroupResult;
const recordings = new Map<string, Recording[]>([
  ['other', drifts(9, 9, 9)],
  ['a', drifts(0.02, 0.04, 0.3)],
  ['b', drifts(0.06, 0.02, 0.4)],
  ['c', drifts(0.01, 0.08, 0.9)],
  ['d', drifts(9, 9, 9)],
]);

type Drift = Parameters<typeof driftEvidence>[0];
const of = (judgement: Judgement, from = recordings, within = group) =>
  driftEvidence(judgement as Drift, within, from);

const small = { kind: 'small-drift', norm: 'bn', limit: 0.1 } as const;
const last = { kind: 'last-drift', norm: 'bn' } as const;
const nearNormal = { kind: 'near-normal', norm: 'bn', limit: 0.05 } as const;

describe('drifts', () => {
  it('small: the largest before the last norm, of each run that is done, against the limit', () => {
    const { pFor, pAgainst, interval, ...rest } = of(small)!;
    expect(rest).toEqual({
      ...{ group: 'tanh', test: 'largest drift before the last norm below 0.1' },
      ...{ n: 3, estimate: expect.closeTo(0.06, 12), level: 0.95, bound: 0.1, needed: null, leftOut: [] },
    });
    // Figures .04, .06, .08: mean .06, sd .02, t = −.04·√3/.02 with 2 degrees of freedom, whose distribution is
    // ½ + t/(2√(2 + t²)).
    const t = -2 * Math.sqrt(3);
    expect(pFor).toBeCloseTo(0.5 + t / (2 * Math.sqrt(2 + t * t)), 10);
    expect(pAgainst).toBeCloseTo(0.5 - t / (2 * Math.sqrt(2 + t * t)), 10);
    // t(.975, 2) = 4.30265
    expect(interval![1]).toBeCloseTo(0.06 + (4.30265 * 0.02) / Math.sqrt(3), 6);
  });

  it('last: the logarithm of its ratio to the median of the others, against 0', () => {
    const { estimate, n, bound, pFor, pAgainst, test } = of(last)!;
    // .3/.03, .4/.04 and .9/.045
    const figures = [10, 10, 20].map(Math.log);
    const mean = (figures[0]! + figures[1]! + figures[2]!) / 3;
    expect([estimate, n, bound]).toEqual([expect.closeTo(mean, 12), 3, 0]);
    expect(test).toBe('drift of the last norm above the median of the others');
    const sd = Math.sqrt(figures.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 2);
    const t = (mean * Math.sqrt(3)) / sd;
    expect(pFor).toBeCloseTo(0.5 - t / (2 * Math.sqrt(2 + t * t)), 10);
    expect(pAgainst).toBeCloseTo(0.5 + t / (2 * Math.sqrt(2 + t * t)), 10);
  });

  it('near normal: the largest distance of an output before the last one, at the last step', () => {
    const lines = (first: number, second: number) => [
      ...[output(10, 'a', 9), output(20, 'a', first), output(20, 'b', second), output(20, 'c', 9)],
      norm(30, 'a', 'gain', 9),
    ];
    const two = new Map([
      ['a', lines(0.02, 0.04)],
      ['b', lines(0.08, 0.03)],
      ['c', [output(20, 'a', 0.5)]],
    ]);
    const { estimate, n, test, pFor } = of(nearNormal, two)!;
    expect([estimate, n]).toEqual([expect.closeTo(0.06, 12), 2]);
    expect(test).toBe('largest distance to the normal before the last layer below 0.05');
    // t = .01·√2/(.04/√2) = ½ with one degree of freedom: ½ + arctan(½)/π.
    expect(pFor).toBeCloseTo(0.5 + Math.atan(0.5) / Math.PI, 10);
    const least = new Map([['a', [output(20, 'a', 0.5), output(20, 'b', 0.9)]]]);
    expect(of(nearNormal, least)).toMatchObject({ n: 1, estimate: 0.5 });
  });

  it('are no test without a spread, and nothing without recordings or the arm', () => {
    const equal = new Map([
      ['a', drifts(0.02, 0.04, 0.3)],
      ['b', drifts(0.04, 0.02, 0.3)],
    ]);
    expect(of(small, equal)).toMatchObject({ n: 2, estimate: 0.04, pFor: null, pAgainst: null });
    expect(of(small, new Map())).toBeUndefined();
    expect(of({ ...small, norm: 'none' })).toBeUndefined();
    // A single norm has no others before it.
    expect(of(small, new Map([['a', [norm(20, 'norm1', 'gain', 1)]]]))).toBeUndefined();
    expect(of(last, new Map([['a', [norm(20, 'norm1', 'gain', 1)]]]))).toBeUndefined();
    expect(of(nearNormal, new Map([['a', [output(20, 'a', 0.5)]]]))).toBeUndefined();
  });

  it('are those of the arm that is otherwise like the reference, if several have the norm', () => {
    const arms = ['layer', 'batch'].map((normKind) => ({
      ...{ name: normKind, settings: { norm: 'bn', normKind } },
      seeds: [done(normKind === 'batch' ? 'a' : 'other')],
    }));
    const both = { name: 'all', reference: 'batch', arms } as unknown as GroupResult;
    expect(of(small, recordings, both)).toMatchObject({ n: 1, estimate: 0.04 });
  });
});
