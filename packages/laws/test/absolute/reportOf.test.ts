import { describe, expect, it } from 'vitest';
import { reportOf } from '../../src/absolute/absoluteCheck.js';
import { against, lossAgainst } from '../../src/absolute/against.js';
import { offBy } from '../bounds/offBy.js';

const check = { id: 'absolute-x', title: 'x', statement: 'x' };

describe('the report of an absolute check', () => {
  it('holds up to the bound, and then says nothing of places', async () => {
    const at = { index: [0], got: 1, expected: 2, allowed: 1 };
    const measured = (error: number) =>
      reportOf({ ...check, measure: async () => ({ error, bound: 1, at }) });
    const report = { absolute: true, id: 'absolute-x', title: 'x', bound: 1 };
    expect(await measured(1)).toStrictEqual({ ...report, holds: true, largestError: 1 });
    expect(await measured(1.5)).toStrictEqual({ ...report, holds: false, largestError: 1.5, at });
  });

  it('has failed where the backend throws', async () => {
    const measure = async () => {
      throw new Error('no such kernel');
    };
    expect(await reportOf({ ...check, measure })).toMatchObject({
      ...{ absolute: true, holds: false, largestError: Infinity, bound: 0, reason: 'threw no such kernel' },
    });
  });
});

describe('the verdict against exact values', () => {
  const expected = offBy([2], [3, -4], [0.5]);

  it('is that of the value nearest to its bound, in units of the largest', () => {
    expect(against({ data: [3.25, -3.75] }, expected, 'y')).toEqual({
      ...{ error: 0.0625, bound: 0.125 },
      at: { side: 'y', index: [0], got: 3.25, expected: 3, allowed: 0.5 },
    });
  });

  it('is bad for another number of values', () => {
    expect(against({ data: [3] }, expected)).toEqual({ error: Infinity, bound: 0, reason: '1 values for 2' });
  });

  it('of a loss is in units of 1', () => {
    expect(lossAgainst(2.5, 2, 0.75)).toEqual({
      ...{ error: 0.5, bound: 0.75 },
      at: { side: 'loss', index: [], got: 2.5, expected: 2, allowed: 0.75 },
    });
  });
});
