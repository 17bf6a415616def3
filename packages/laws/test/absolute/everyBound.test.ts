import { absoluteChecks } from '@normlab/laws/suite';
import { withBackend } from '@normlab/testing';
import { describe, expect, it, vi } from 'vitest';
import type { Tracked } from '../../src/bounds/tracked.js';

const seen = vi.hoisted(() => [] as Tracked[]);
vi.mock(import('../../src/absolute/against.js'), async (original) => {
  const { against, lossAgainst } = await original();
  return {
    against: (actual, expected, name) => {
      seen.push(expected);
      return against(actual, expected, name);
    },
    lossAgainst,
  };
});

/**
 * The largest bound of any value, in roundings of the natural size. Pools of nine: eight additions, a division and two more
 * roundings. PReLU's slope: sums of 45. A step passes through a whole network.
 */
const most: Readonly<Record<string, number>> = {
  'absolute-loss': 200,
  'absolute-standardize': 5000,
  'absolute-batch-norm': 300,
  'absolute-convolution': 100,
  'absolute-pool': 16,
  'absolute-prelu': 46,
  'absolute-head': 200,
  'absolute-step-relu': 7000,
  'absolute-step-tanh': 12_000,
  'absolute-step-gain': 500_000,
};

// A verdict is that of the value nearest to its bound: it says nothing of the bounds of the others.
describe('every value of an absolute check', () => {
  withBackend('cpu');

  it.each(absoluteChecks.map((check) => [check.id, check.measure] as const))(
    '%s: is a number with a bound, and none is wide',
    async (id, measure) => {
      seen.length = 0;
      await measure();
      expect(seen.length).toBeGreaterThan(0);
      for (const { value, error, size } of seen) {
        expect([...value, ...error].every(Number.isFinite)).toBe(true);
        expect(Math.max(...error) / size / 2 ** -24).toBeLessThan(most[id]!);
      }
    },
  );
});
