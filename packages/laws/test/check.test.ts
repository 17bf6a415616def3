import {
  check,
  constantNormLimit,
  decayAsSchedule,
  gainAbsorption,
  judge,
  outputVariance,
  type Samples,
  type Side,
  scaleInvariantBatch,
  statisticsCarryNoGradient,
} from '@normlab/laws';
import { describe, expect, it } from 'vitest';
import { mutants } from './mutants.js';
import { plainSubject } from './plain/plainSubject.js';

describe('check', () => {
  it('reports the number of samples, and the sample nearest to its bound', async () => {
    const report = await check(scaleInvariantBatch, plainSubject(), { runs: 40, seed: 5 });
    expect(report).toMatchObject({ id: '1-batch', exact: true, holds: true, runs: 40 });
    expect(report.largestError).toBeGreaterThan(0);
    expect(report.largestError).toBeLessThanOrEqual(report.bound);
    expect(report.counterexample).toBeUndefined();
  });

  it('gives the same report for the same seed, and another for another', async () => {
    const run = (seed: number) => check(scaleInvariantBatch, plainSubject(), { runs: 40, seed });
    expect(await run(5)).toEqual(await run(5));
    expect((await run(5)).largestError).not.toBe((await run(6)).largestError);
  });

  it('shrinks a counterexample to a sample that can be typed in again', async () => {
    const subject = plainSubject({ parts: mutants['unbiased variance'] });
    const { holds, counterexample, largestError, bound } = await check(outputVariance, subject, { seed: 1 });
    expect(holds).toBe(false);
    expect(counterexample).toMatchObject({ seed: 1, error: largestError, bound });
    const sample = counterexample!.sample as Samples['batch'];
    // The smallest possible sample: one channel, scale 1. With ε = 0, ŷ² has mean (m − 1)/m instead of 1.
    expect(sample).toMatchObject({ scale: 1, epsilon: 0 });
    expect(sample.shape.at(-1)).toBe(1);
    const m = sample.shape.reduce((a, b) => a * b, 1);
    expect(largestError).toBeCloseTo(1 / m, 5);
    const again = await judge(outputVariance, subject, JSON.parse(JSON.stringify(sample)));
    expect(counterexample).toEqual({ sample, seed: 1, ...again });
  });

  it.each([
    [0.99, true],
    [1.01, false],
  ])('an error of %d times its bound: holds is %s', async (factor, holds) => {
    const [value, bound] = [Float64Array.of(3), 2 ** -10];
    const computed = value.map((each) => each + factor * bound);
    const left = { shape: [], value, computed, error: Float64Array.of(bound), size: 1 };
    const law = { ...scaleInvariantBatch, sides: async (): Promise<Side> => [left, 3] };
    expect(await check(law, plainSubject(), { runs: 3, seed: 1 })).toMatchObject({ holds, bound });
  });

  it.each([
    [{ runs: 0, seed: 1 }, 'check: runs must be an integer ≥ 1, got 0.'],
    [{ runs: Number.NaN, seed: 1 }, 'check: runs must be an integer ≥ 1, got NaN.'],
    [{ seed: 1.5 }, 'check: seed must be an integer in [0, 2^32), got 1.5.'],
  ])('refuses %j', async (options, message) => {
    await expect(check(scaleInvariantBatch, plainSubject(), options)).rejects.toThrow(message);
  });

  it('throws where no sample can be judged', async () => {
    const law = { ...scaleInvariantBatch, sides: async (): Promise<Side> => [unbounded, 0] };
    await expect(check(law, plainSubject(), { runs: 3, seed: 1 })).rejects.toThrow(
      'check: law 1-batch must have a finite bound on at least one of a hundred samples.',
    );
  });

  it('counts an error of the subject as a failure, and reports it', async () => {
    const subject = {
      standardize() {
        throw new Error('no such kernel');
      },
    };
    const report = await check(scaleInvariantBatch, subject, { runs: 10, seed: 1 });
    expect(report).toMatchObject({
      holds: false,
      counterexample: { reason: 'standardize threw no such kernel' },
    });
  });

  it('counts NaN, and results of another length, as failures', async () => {
    const nan = { statisticsGradient: statistics(() => Number.NaN) };
    expect(await check(statisticsCarryNoGradient, nan, { runs: 10, seed: 1 })).toMatchObject({
      holds: false,
      largestError: Infinity,
      counterexample: { reason: expect.stringMatching(/^statisticsGradient gave NaN for 0 at \[0(,0)*\]$/) },
    });
    const short = { statisticsGradient: () => ({ data: new Float32Array(1), shape: [1] }) };
    expect(await check(statisticsCarryNoGradient, short, { runs: 10, seed: 1 })).toMatchObject({
      holds: false,
      counterexample: { reason: expect.stringMatching(/^statisticsGradient gave shape \[1\] for \[\d/) },
    });
  });

  it('shows where a law failed: expected, got, and the allowed difference, in the values’ own units', async () => {
    const right = plainSubject();
    const subject = {
      standardize: async (...given: Parameters<typeof right.standardize>) => {
        const { data, shape } = await right.standardize(...given);
        return { data: data.map((y, i) => (i === 5 ? y + 0.25 : y)), shape };
      },
    };
    const sample = {
      ...{ shape: [3, 2, 2], scale: 1, mean: 0, quiet: 1, outlier: false, epsilon: 1e-5, seed: 3 },
      ...{ a: -2, b: 1 },
    };
    const { error, bound, at, reason } = await judge(scaleInvariantBatch, subject, sample);
    expect(reason).toBeUndefined();
    expect(error).toBeGreaterThan(bound);
    // The sixth value has an error of ¼ on both sides, with opposite signs.
    expect(at).toMatchObject({ index: [1, 0, 1] });
    expect(at!.got - at!.expected).toBeCloseTo(0.5, 5);
    expect(at!.allowed).toBeLessThan(1e-4);
  });
});

describe('law 15', () => {
  it('is false for tanh, which is not positively homogeneous', async () => {
    const report = await check(gainAbsorption('tanh'), plainSubject(), { seed: 1 });
    expect(report.holds).toBe(false);
  });
});

describe('law 14', () => {
  it('is judged at its limit too, ηλ = (1 − √m)², where rounding can make the discriminant negative', async () => {
    const sample = {
      network: { input: [4, 4, 1], channels: [1], classes: 2, activation: 'relu', epsilon: 0 },
      weightDecay: (1 - Math.sqrt(0.9)) ** 2 / 0.1,
      ...{ steps: 2, batch: 2, a: 1, learningRate: 0.1, momentum: 0.9, seed: 1 },
    } as const;
    expect((1.9 - 0.1 * sample.weightDecay) ** 2 - 4 * 0.9).toBeLessThan(0);
    const { error, bound } = await judge(decayAsSchedule, plainSubject(), sample);
    expect(bound).toBeLessThan(1e-3);
    expect(error).toBeLessThanOrEqual(bound);
  });
});

describe('law 19', () => {
  it('needs its second case: a class of more than half the batch can go below √((1 − p)/p)', async () => {
    // `check` found this with the form without the second case; both images are of one class.
    const sample = {
      batch: 2,
      size: 1,
      classes: 2,
      margin: 1,
      noise: 1,
      epsilon: 0.1,
      seed: 1440787397,
    };
    let loss = Number.NaN;
    const subject = plainSubject();
    const spying = {
      ...subject,
      async reluHeadLoss(...given: Parameters<typeof subject.reluHeadLoss>) {
        loss = await subject.reluHeadLoss(...given);
        return loss;
      },
    };
    const { error, bound } = await judge(constantNormLimit, spying, sample);
    expect(error).toBeLessThanOrEqual(bound);
    // With p = 1 the first case allows no logit above 0: log 2.
    expect(loss).toBeLessThan(Math.log(2) - 0.1);
    expect(loss).toBeGreaterThan(Math.log1p(Math.exp(-0.5)));
  });
});

function statistics(value: () => number) {
  return ({ data, shape }: { data: Float32Array | Float64Array; shape: readonly number[] }) => ({
    data: data.map(value),
    shape,
  });
}

const unbounded = {
  shape: [1],
  value: Float64Array.of(0),
  computed: Float64Array.of(0),
  error: Float64Array.of(Infinity),
  size: 1,
};
