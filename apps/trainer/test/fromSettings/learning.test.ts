import { describe, expect, it } from 'vitest';
import { makeOptimizer, makeSchedule } from '../../src/fromSettings/learning.js';
import { resolveSettings } from '../../src/settings/resolveSettings.js';
import type { SomeSettings } from '../../src/settings/settings.js';

/** The learning rates of a run of 8 steps, at some of them. */
function ratesAt(steps: readonly number[], settings: SomeSettings): number[] {
  const schedule = makeSchedule(resolveSettings({ learningRate: 0.5, ...settings }), 8);
  return steps.map((step) => Number(schedule(step).toPrecision(12)));
}

describe('makeSchedule', () => {
  it('constant', () => {
    expect(ratesAt([0, 8], { schedule: 'constant' })).toEqual([0.5, 0.5]);
  });

  it('exponential: from the rate to the final one over the run, or over --decay-steps, in stairs', () => {
    expect(ratesAt([0, 4, 8], { schedule: 'exponential', finalLearningRate: 0.02 })).toEqual([
      0.5, 0.1, 0.02,
    ]);
    const within = { schedule: 'exponential', finalLearningRate: 0.125, decaySteps: 2 } as const;
    expect(ratesAt([0, 1, 2, 4], within)).toEqual([0.5, 0.25, 0.125, 0.03125]);
    expect(ratesAt([0, 1, 2, 3, 4], { ...within, staircase: true })).toEqual([
      0.5, 0.5, 0.125, 0.125, 0.03125,
    ]);
  });

  it('the final rate is a hundredth by default', () => {
    expect(ratesAt([8], { schedule: 'exponential' })).toEqual([0.005]);
    expect(ratesAt([8], { schedule: 'cosine' })).toEqual([0.005]);
  });

  it('piecewise: a tenth from each boundary on, or another factor', () => {
    const piecewise = { schedule: 'piecewise', boundaries: [2, 5] } as const;
    expect(ratesAt([1, 2, 4, 5], piecewise)).toEqual([0.5, 0.05, 0.05, 0.005]);
    expect(ratesAt([1, 2, 5], { ...piecewise, drop: 0.5 })).toEqual([0.5, 0.25, 0.125]);
  });

  it('cosine: halfway between both rates in the middle of the run', () => {
    expect(ratesAt([0, 4, 8], { schedule: 'cosine', finalLearningRate: 0.1 })).toEqual([0.5, 0.3, 0.1]);
  });

  it('a warm-up multiplies the first steps', () => {
    expect(ratesAt([0, 1, 2], { schedule: 'constant', warmupSteps: 2 })).toEqual([0.25, 0.5, 0.5]);
    expect(ratesAt([0], { schedule: 'constant', warmupSteps: 0 })).toEqual([0.5]);
  });
});

it('makeOptimizer: the schedule runs over the steps of the run', () => {
  for (const optimizer of ['sgd', 'adamw'] as const) {
    const { learningRate } = makeOptimizer(
      resolveSettings({ optimizer, learningRate: 0.5, finalLearningRate: 0.125, schedule: 'exponential' }),
      6,
    );
    expect([0, 3, 6].map((step) => Number(learningRate(step).toPrecision(12)))).toEqual([0.5, 0.25, 0.125]);
  }
});
