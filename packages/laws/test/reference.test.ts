import { check } from '@normlab/laws';
import { laws } from '@normlab/laws/suite';
import { describe, expect, it } from 'vitest';
import { plainSubject } from './plain/plainSubject.js';

describe('every law holds', () => {
  it.each(laws.map((law) => [law.id, law.title, law] as const))(
    '%s on the float32 twin: %s',
    async (_, __, law) => {
      const report = await check(law, plainSubject(), { runs: 50, seed: 1 });
      expect(report).toMatchObject({ holds: true, runs: 50 });
    },
  );

  // The laws themselves compute in float64, with roundings like the subject's, so it gets eight times float64's unit.
  const subject = plainSubject({ unitRoundoff: 2 ** -50 });
  it.each(laws.map((law) => [law.id, law.title, law] as const))(
    '%s on the float64 twin: %s',
    async (_, __, law) => {
      const report = await check(law, subject, { runs: 30, seed: 2 });
      expect(report).toMatchObject({ holds: true, runs: 30 });
      if (law.exact) expect(report.largestError).toBeLessThan(1e-10);
    },
  );
});
