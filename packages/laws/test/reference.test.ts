import { check, runningStatistics, type Subject, type Values } from '@normlab/laws';
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

  it.each([5, 10])('running-statistics on float32 code that rounds d before 1 − d, seed %d', async (seed) => {
    const moved = (old: Values, batch: Values, decay: number): Values => {
      const kept = Math.fround(decay);
      const share = Math.fround(1 - kept);
      const at = (c: number) => Math.fround(kept * old.data[c]!) + Math.fround(share * batch.data[c]!);
      return { shape: old.shape, data: Float32Array.from(old.data, (_, c) => at(c)) };
    };
    const rounding: Subject<'moveStatistics'> = {
      async moveStatistics(x, { mean, variance }, decay) {
        const batch = await plainSubject().statistics(x);
        return { mean: moved(mean, batch.mean, decay), variance: moved(variance, batch.variance, decay) };
      },
    };
    const report = await check(runningStatistics, rounding, { runs: 100, seed });
    expect(report.counterexample).toBeUndefined();
  });
});
