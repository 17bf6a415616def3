import {
  arbitraries,
  check,
  judge,
  lawsFor,
  likelyFaults,
  outputVariance,
  tensorSubject,
  valuesOf,
} from '@normlab/laws';
import { laws } from '@normlab/laws/suite';
import { withBackend } from '@normlab/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derivedFaults, faults } from '../src/faults/faults.js';
import { derivedMutants } from './derivedMutants.js';
import { mutants } from './mutants.js';
import { plainSubject } from './plain/plainSubject.js';

const reportsOf = (fallen: readonly string[]) => laws.map(({ id }) => ({ id, holds: !fallen.includes(id) }));

describe('likelyFaults', () => {
  it.each(Object.entries(faults).filter(([, fallen]) => fallen.length > 2))(
    'names %s by the laws that fall',
    (fault, fallen) => {
      const [best, ...others] = likelyFaults(reportsOf(fallen));
      expect([best, ...others]).toContainEqual({ fault, agreement: 1 });
      if (fallen.length < 6) return;
      // One law more or less does not hide it.
      const without = likelyFaults(reportsOf(fallen.slice(1)));
      expect(without.map((each) => each.fault)).toContain(fault);
    },
  );

  it.each(Object.entries(derivedFaults))(
    'names %s by the laws that fall with derived gradients',
    (fault, fallen) => {
      const reports = lawsFor(tensorSubject({ standardize: (x) => x })).map(({ id }) => ({
        id,
        holds: !fallen.some((each) => each === id),
      }));
      expect(likelyFaults(reports)).toContainEqual({ fault, agreement: 1 });
    },
  );

  it.each(Object.entries(faults))(
    'names at most three for the laws that %s fails, each at least half right',
    (_, fallen) => {
      const found = likelyFaults(reportsOf(fallen));
      expect(found.length).toBeLessThanOrEqual(3);
      const agreements = found.map(({ agreement }) => agreement);
      expect(agreements).toEqual(agreements.toSorted((a, b) => b - a));
      expect(agreements.every((each) => each >= 0.5)).toBe(true);
    },
  );

  it('says nothing if all laws hold, if no known fault fits, or if too many fit', () => {
    expect(likelyFaults(reportsOf([]))).toEqual([]);
    expect(likelyFaults(reportsOf(['4-bias', '12', '17']))).toEqual([]);
    expect(likelyFaults([{ id: '3', holds: false }])).toEqual([]);
  });

  it('names faults that are half right, and not those that are less', () => {
    // Those that law 1 detects are known to fail one more of these laws, or none.
    const reports = ['1', '1-batch', '2'].map((id) => ({ id, holds: id !== '1' }));
    expect(likelyFaults(reports)).toEqual([
      { fault: 'sign lost', agreement: 0.5 },
      { fault: 'weights by magnitude', agreement: 0.5 },
    ]);
  });

  it('names the fault of a subject of a few functions, by the laws that can be checked on it', async () => {
    const { standardize, standardizeGradient, statistics } = plainSubject({
      parts: mutants['unbiased variance'],
    });
    const subject = { standardize, standardizeGradient, statistics };
    const reports = [];
    for (const law of lawsFor(subject)) reports.push(await check(law, subject, { runs: 30, seed: 1 }));
    expect(reports.length).toBeGreaterThan(8);
    expect(likelyFaults(reports)[0]).toEqual({ fault: 'unbiased variance', agreement: 1 });
  });
});

it('valuesOf gives the arrays of a counterexample, which show the fault by hand', async () => {
  const { standardize } = plainSubject({ parts: mutants['unbiased variance'] });
  const { counterexample } = await check(outputVariance, { standardize }, { runs: 30, seed: 1 });
  const { sample, at } = counterexample!;
  const { x, ...others } = valuesOf(outputVariance, sample as never);
  expect(Object.keys(others)).toEqual(['dy']);
  const epsilon = (sample as { readonly epsilon: number }).epsilon;
  const channel = at!.index[0]!;
  const channels = x!.shape.at(-1)!;
  const values = Float32Array.from(x!.data).filter((_, i) => i % channels === channel);
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  const squares = values.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  const unbiased = squares / (values.length - 1);
  expect(at!.got).toBeCloseTo(squares / values.length / (unbiased + epsilon), 4);
});

describe('a function with a fault, whose gradients tfjs derives', () => {
  withBackend('cpu');

  it.each(Object.entries(derivedFaults))('%s falls by %j', async (fault, ids) => {
    const subject = tensorSubject({ standardize: derivedMutants[fault]! });
    for (const law of lawsFor(subject).filter(({ id }) => ids.some((each) => each === id))) {
      const property = fc.asyncProperty(arbitraries[law.samples](), async (sample) => {
        const { error, bound } = await judge(law, subject, sample);
        fc.pre(Number.isFinite(bound));
        return error <= bound;
      });
      const { failed } = await fc.check(property, { numRuns: 60, seed: 3, endOnFailure: true });
      expect(failed, law.id).toBe(true);
    }
  });
});
