import { lawsFor, type Values } from '@normlab/laws';
import {
  absoluteChecks,
  approximateLaws,
  exactLaws,
  laws,
  normlabSubject,
  runSuite,
} from '@normlab/laws/suite';
import { withBackend } from '@normlab/testing';
import { getGradient, registerGradient, unregisterGradient } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

async function collect(options: Parameters<typeof runSuite>[0]) {
  const reports = [];
  for await (const report of runSuite(options)) reports.push(report);
  return reports;
}

it('runSuite throws without a backend, and says what to do, and what tfjs said', async () => {
  const error = await collect({ seed: 1 }).catch((thrown: unknown) => thrown as Error);
  expect(error).toMatchObject({
    message:
      'runSuite: a tfjs backend must be active, got "none" (call await openBackend(\'wasm\') of @normlab/backends first).',
    cause: { message: expect.stringContaining('No backend found') },
  });
});

describe('runSuite', () => {
  withBackend('cpu');

  it('runs laws 1 and 2 first', async () => {
    const reports = await collect({ runs: 5, seed: 1, laws: ['3', '2', '1'] });
    expect(reports.map((each) => [each.id, each.holds, 'runs' in each && each.runs])).toEqual([
      ['1', true, 5],
      ['2', true, 5],
      ['3', true, 5],
    ]);
    expect(reports[0]).not.toHaveProperty('seconds');
  });

  it('every absolute check and every law holds with three samples; seconds are measured with the given clock', async () => {
    let ticks = 0;
    const reports = await collect({ runs: 3, seed: 9, now: () => 500 * ticks++ });
    expect(reports.filter(({ holds }) => !holds)).toEqual([]);
    expect(reports.map(({ id }) => id)).toEqual([...absoluteChecks, ...laws].map(({ id }) => id));
    expect(new Set(reports.map(({ seconds }) => seconds))).toEqual(new Set([0.5]));
  });

  it('measures seconds with the given clock, of laws and of absolute checks', async () => {
    let ticks = 0;
    const options = { runs: 1, seed: 1, laws: ['7-mean', 'absolute-prelu'], now: () => 500 * ticks++ };
    expect(await collect(options)).toMatchObject([
      { id: 'absolute-prelu', absolute: true, holds: true, seconds: 0.5 },
      { id: '7-mean', runs: 1, holds: true, seconds: 0.5 },
    ]);
  });

  it('throws without gradients, and says what to do', async () => {
    const gradient = getGradient('Conv2D');
    unregisterGradient('Conv2D');
    try {
      await expect(collect({ seed: 1 })).rejects.toThrow(
        'runSuite: the gradients of tfjs must be registered, got "none" (call await openBackend(\'wasm\') of @normlab/backends first).',
      );
    } finally {
      registerGradient(gradient);
    }
  });

  it.each([
    [{ seed: 1, runs: 0 }, 'runSuite: runs must be an integer ≥ 1, got 0.'],
    [{ seed: -1 }, 'runSuite: seed must be an integer in [0, 2^32), got -1.'],
    [
      { seed: 1, laws: ['7-rnage'] },
      'runSuite: laws must hold ids of laws or absolute checks, got "7-rnage" (did you mean "7-range"',
    ],
  ])('refuses %j', async (options, message) => {
    await expect(collect(options)).rejects.toThrow(message);
  });
});

describe('laws', () => {
  it('have different ids, with the numbers 1 to 20', () => {
    const ids = laws.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const numbers = new Set(ids.map((id) => Number.parseInt(id, 10)).filter(Number.isFinite));
    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('are listed for a subject by the operations that they need', () => {
    const standardize = (x: Values) => x;
    const alone = lawsFor({ standardize, unitRoundoff: 2 ** -11 });
    expect(alone.map(({ id }) => id)).toEqual([
      '1-batch',
      '7-mean',
      '7-variance',
      '7-range',
      '16-permutation',
      '1-one-epsilon',
    ]);
    expect(lawsFor({})).toEqual([]);
    expect(lawsFor(normlabSubject)).toEqual(laws);
  });

  it('are either exact or approximate', () => {
    expect(exactLaws.every(({ exact }) => exact)).toBe(true);
    expect(approximateLaws.map(({ id, exact }) => [id, exact])).toEqual([
      ['1-one-epsilon', false],
      ['11', false],
      ['12', false],
      ['13', false],
    ]);
    expect(laws).toEqual([...exactLaws, ...approximateLaws]);
  });
});
