import { check } from '@normlab/laws';
import { laws } from '@normlab/laws/suite';
import { describe, expect, it } from 'vitest';
import { wasmConvolutions } from '../src/suite/wasmConvolutions.js';
import { plainSubject } from './plain/plainSubject.js';

/**
 * A law whose bound is of the size of what it compares cannot fall. These are the loosest bounds there are: those of
 * convolutions that may go by tiles.
 */
describe('no law is void', () => {
  const subject = plainSubject({ tiledConvolutions: wasmConvolutions });

  it.each(laws.map((law) => [law.id, law] as const))(
    '%s: half of its samples have a bound within 2 %% of what is compared, and most are judged',
    async (id, law) => {
      const { medianBound, runs, redrawn } = await check(law, subject, { runs: 100, seed: 8 });
      // Law 12 is about means over 16 channels and 6 steps: eight standard errors are a good part of them.
      expect(medianBound).toBeLessThan(id === '12' ? 0.5 : 0.02);
      // With one ε on both sides the law speaks of ε that are small beside σ², which a third of them are not.
      expect(redrawn / (runs + redrawn)).toBeLessThan(id === '1-one-epsilon' ? 0.35 : 0.1);
    },
  );
});
