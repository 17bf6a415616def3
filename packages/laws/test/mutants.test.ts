import { arbitraries, judge } from '@normlab/laws';
import { laws } from '@normlab/laws/suite';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faults } from '../src/faults/faults.js';
import { wasmConvolutions } from '../src/suite/wasmConvolutions.js';
import { mutants } from './mutants.js';
import { plainSubject } from './plain/plainSubject.js';

/**
 * Whether a law fails on a mutant within 100 samples; stops at the first failure. The bounds are the loosest ones,
 * those of convolutions that may use tiles, so that no result depends on tight bounds.
 */
async function kills(id: string, name: keyof typeof faults): Promise<boolean> {
  const subject = plainSubject({ parts: mutants[name], tiledConvolutions: wasmConvolutions });
  const law = laws.find((each) => each.id === id)!;
  const property = fc.asyncProperty(arbitraries[law.samples](), async (sample) => {
    const { error, bound } = await judge(law, subject, sample);
    fc.pre(Number.isFinite(bound));
    return error <= bound;
  });
  const details = await fc.check(property, { numRuns: 100, seed: 3, endOnFailure: true });
  return details.failed && details.counterexample !== null;
}

describe('no mutant survives', () => {
  it.each(Object.entries(faults))('%s falls by %j', async (name, killedBy) => {
    expect(killedBy.length).toBeGreaterThan(0);
    const killers = [];
    for (const id of killedBy) if (await kills(id, name as keyof typeof faults)) killers.push(id);
    expect(killers).toEqual(killedBy);
  });

  it('and every law kills one', () => {
    const killers = new Set(Object.values<readonly string[]>(faults).flat());
    expect(laws.map(({ id }) => id).filter((id) => !killers.has(id))).toEqual([]);
  });
});
