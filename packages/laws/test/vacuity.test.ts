import { check } from '@normlab/laws';
import { laws } from '@normlab/laws/suite';
import { describe, expect, it } from 'vitest';
import { wasmConvolutions } from '../src/suite/wasmConvolutions.js';
import { plainSubject } from './plain/plainSubject.js';

/**
 * A law whose bound is as large as the compared quantity cannot fail. These are the loosest bounds, those of
 * convolutions that may use tiles.
 */
describe('no law is void', () => {
  const subject = plainSubject({ tiledConvolutions: wasmConvolutions });

  it.each(laws.map((law) => [law.id, law] as const))(
    '%s: half of its samples have a bound below 2 %% of the compared quantity, and most are judged',
    async (id, law) => {
      const { medianBound, runs, redrawn } = await check(law, subject, { runs: 100, seed: 8 });
      // Law 12 is about means over 16 channels and 6 steps, of which eight standard errors are a large part.
      expect(medianBound).toBeLessThan(id === '12' ? 0.5 : 0.02);
      // With one ε on both sides, the law applies only if ε is small compared with σ²; in a third of the samples it is
      // not.
      expect(redrawn / (runs + redrawn)).toBeLessThan(id === '1-one-epsilon' ? 0.35 : 0.1);
    },
  );
});
