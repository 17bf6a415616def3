import type { Variables } from '@normlab/models';
import { withBackend } from '@normlab/testing';
import { tensor1d, tidy } from '@tensorflow/tfjs-core';
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

  it('piecewise without boundaries is constant', () => {
    const { boundaries, ...settings } = resolveSettings({
      schedule: 'piecewise',
      boundaries: [1],
      learningRate: 0.5,
    });
    expect(boundaries).toEqual([1]);
    expect(makeSchedule(settings, 8)(8)).toBe(0.5);
  });

  it('cosine: halfway between both rates in the middle of the run', () => {
    expect(ratesAt([0, 4, 8], { schedule: 'cosine', finalLearningRate: 0.1 })).toEqual([0.5, 0.3, 0.1]);
  });

  it('a warm-up multiplies the first steps', () => {
    expect(ratesAt([0, 1, 2], { schedule: 'constant', warmupSteps: 2 })).toEqual([0.25, 0.5, 0.5]);
    expect(ratesAt([0], { schedule: 'constant', warmupSteps: 0 })).toEqual([0.5]);
  });
});

describe('makeOptimizer', () => {
  withBackend('cpu');

  /** A kernel and an offset of 1, after steps along gradients of 1. */
  function movedBy(
    settings: SomeSettings,
    steps = 1,
    without: readonly (keyof SomeSettings)[] = [],
  ): number[] {
    const all = {
      ...resolveSettings({ schedule: 'constant', learningRate: 0.5, momentum: 0, l2: 0, ...settings }),
    };
    for (const key of without) Reflect.deleteProperty(all, key);
    const optimizer = makeOptimizer(all, 8);
    return tidy(() => {
      const ones = () => ({ 'a/kernel': tensor1d([1]), 'a/offset': tensor1d([1]) });
      let params: Variables = ones();
      let state = optimizer.init(params);
      for (let step = 0; step < steps; step++)
        ({ params, state } = optimizer.update(ones(), state, params, step));
      return Object.values(params).map((each) => Number(each.dataSync()[0]!.toPrecision(6)));
    });
  }

  it('sgd: w − η·(g + λ·w), λ on everything or on kernels', () => {
    expect(movedBy({ optimizer: 'sgd' })).toEqual([0.5, 0.5]);
    expect(movedBy({ optimizer: 'sgd', l2: 0.5, l2Targets: 'all' })).toEqual([0.25, 0.25]);
    expect(movedBy({ optimizer: 'sgd', l2: 0.5, l2Targets: 'kernels' })).toEqual([0.25, 0.5]);
  });

  it('sgd with momentum: v = 1, then 1.5; with Nesterov’s, 1.5 and 1.75 ahead', () => {
    expect(movedBy({ momentum: 0.5 }, 2)).toEqual([-0.25, -0.25]);
    expect(movedBy({ momentum: 0.5, nesterov: true }, 2)).toEqual([-0.625, -0.625]);
    expect(movedBy({}, 2, ['momentum', 'nesterov'])).toEqual([0, 0]);
  });

  it('adamw: (1 − η·λ)·w − η·sign(g) in the first step', () => {
    const adamw = { schedule: 'constant', optimizer: 'adamw', learningRate: 0.5, l2: 0.5 } as const;
    const moved = (l2Targets: 'all' | 'kernels') => {
      const optimizer = makeOptimizer(resolveSettings({ ...adamw, l2Targets }), 8);
      return tidy(() => {
        const ones = () => ({ 'a/kernel': tensor1d([1]), 'a/offset': tensor1d([1]) });
        const twos = { 'a/kernel': tensor1d([2]), 'a/offset': tensor1d([2]) };
        const { params } = optimizer.update(twos, optimizer.init(ones()), ones(), 0);
        return Object.values(params).map((each) => Number(each.dataSync()[0]!.toPrecision(6)));
      });
    };
    expect(moved('all')).toEqual([0.25, 0.25]);
    expect(moved('kernels')).toEqual([0.25, 0.5]);
  });
});

it('a run of older settings, without a final rate, ends at a hundredth', () => {
  const { finalLearningRate, ...settings } = resolveSettings({ schedule: 'exponential', learningRate: 0.5 });
  expect(finalLearningRate).toBe(0.005);
  expect(makeSchedule(settings, 8)(8)).toBeCloseTo(0.005, 12);
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
