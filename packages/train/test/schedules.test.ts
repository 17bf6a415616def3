import { messageOf } from '@normlab/testing';
import {
  constant,
  cosine,
  exponentialDecay,
  piecewiseConstant,
  type Schedule,
  staircaseDecay,
  warmup,
} from '@normlab/train';
import { describe, expect, it } from 'vitest';

/** A few float64 operations: relative error below 8·2⁻⁵³ from the hand-computed values. */
function expectValues(schedule: Schedule, values: Readonly<Record<number, number>>): void {
  for (const [step, value] of Object.entries(values)) {
    const error = Math.abs(schedule(Number(step)) - value);
    expect(error, `at step ${step}`).toBeLessThanOrEqual(8 * 2 ** -53 * Math.abs(value));
  }
}

describe('constant', () => {
  it('η(t) = value', () => expectValues(constant(0.1), { 0: 0.1, 1: 0.1, 78000: 0.1 }));
});

describe('exponentialDecay', () => {
  it('η(t) = η₀ · f^(t/T)', () => {
    const rate = exponentialDecay({ initial: 0.8, factor: 0.25, steps: 10 });
    expectValues(rate, { 0: 0.8, 5: 0.4, 10: 0.2, 15: 0.1, 20: 0.05 });
  });

  it('falls from 0.1 to 0.01 at step 20 000, as ALL-CNN is trained', () => {
    const rate = exponentialDecay({ initial: 0.1, factor: 0.1, steps: 20_000 });
    expectValues(rate, { 0: 0.1, 10000: 0.1 / Math.sqrt(10), 20000: 0.01, 40000: 0.001 });
  });
});

describe('staircaseDecay', () => {
  it('η(t) = η₀ · f^⌊t/T⌋', () => {
    const rate = staircaseDecay({ initial: 0.8, factor: 0.25, steps: 10 });
    expectValues(rate, { 0: 0.8, 9: 0.8, 10: 0.2, 19: 0.2, 20: 0.05 });
  });
});

describe('piecewiseConstant', () => {
  it('has the value after the boundary at a boundary step', () => {
    const rate = piecewiseConstant({ boundaries: [31, 43], values: [0.1, 0.01, 0.001] });
    expectValues(rate, { 0: 0.1, 30: 0.1, 31: 0.01, 42: 0.01, 43: 0.001, 78: 0.001 });
  });

  it('takes a single value without boundaries', () => {
    expectValues(piecewiseConstant({ boundaries: [], values: [0.3] }), { 0: 0.3, 9: 0.3 });
  });
});

describe('cosine', () => {
  it('η(t) = η₁ + (η₀ − η₁)·(1 + cos(π·t/T))/2, then η₁', () => {
    // cos(π/3) = 1/2 and cos(2π/3) = −1/2: three quarters and one quarter of the way down are left.
    const rate = cosine({ initial: 0.5, final: 0.1, steps: 6 });
    expectValues(rate, { 0: 0.5, 2: 0.4, 3: 0.3, 4: 0.2, 6: 0.1, 100: 0.1 });
  });

  it('ends at 0 by default', () => expect(cosine({ initial: 1, steps: 3 })(3)).toBe(0));
});

describe('warmup', () => {
  it('η(t) = schedule(t) · min((t + 1)/T, 1)', () => {
    expectValues(warmup(constant(0.4), { steps: 4 }), { 0: 0.1, 1: 0.2, 2: 0.3, 3: 0.4, 4: 0.4 });
  });

  it('does not shift the schedule', () => {
    const rate = warmup(staircaseDecay({ initial: 1, factor: 0.5, steps: 2 }), { steps: 4 });
    expectValues(rate, { 0: 0.25, 1: 0.5, 2: 0.375, 3: 0.5, 4: 0.25 });
  });
});

it('one step is enough for a cosine, a decay and a warm-up', () => {
  expectValues(cosine({ initial: 1, steps: 1 }), { 0: 1, 1: 0 });
  expectValues(exponentialDecay({ initial: 1, factor: 0.5, steps: 1 }), { 0: 1, 1: 0.5 });
  expectValues(warmup(constant(1), { steps: 1 }), { 0: 1 });
});

describe('errors', () => {
  it('name the option, the rule and the value', async () => {
    const calls = [
      () => constant(-1),
      () => constant(Number.POSITIVE_INFINITY),
      () => exponentialDecay({ initial: Number.NaN, factor: 0.1, steps: 10 }),
      () => exponentialDecay({ initial: 1, factor: 0, steps: 10 }),
      () => staircaseDecay({ initial: 1, factor: 0.1, steps: 0 }),
      () => piecewiseConstant({ boundaries: [10, 10], values: [1, 2, 3] }),
      () => piecewiseConstant({ boundaries: [10], values: [1] }),
      () => piecewiseConstant({ boundaries: [10], values: [1, -2] }),
      () => cosine({ initial: 1, steps: 1.5 }),
      () => cosine({ initial: -1, steps: 1 }),
      () => cosine({ initial: 1, final: -2, steps: 1 }),
      () => exponentialDecay({ initial: 1, factor: Number.POSITIVE_INFINITY, steps: 10 }),
      () => staircaseDecay({ initial: -1, factor: 0.1, steps: 10 }),
      () => piecewiseConstant({ boundaries: [0], values: [1, 2] }),
      () => piecewiseConstant({ boundaries: [1.5], values: [1, 2] }),
      () => warmup(-1, { steps: 3 }),
      () => warmup(JSON.parse('"0.1"'), { steps: 3 }),
      () => warmup(constant(1), { steps: 0 }),
      () => warmup((step) => [0.1, 0.2][step]!, { steps: 4 })(2),
      () => constant(3.5e38),
    ];
    expect(await Promise.all(calls.map(messageOf))).toMatchInlineSnapshot(`
      [
        "OptionError: constant: value must be finite in float32 and ≥ 0, got -1.",
        "OptionError: constant: value must be finite in float32 and ≥ 0, got Infinity.",
        "OptionError: exponentialDecay: initial must be finite in float32 and ≥ 0, got NaN.",
        "OptionError: exponentialDecay: factor must be finite and > 0, got 0.",
        "OptionError: staircaseDecay: steps must be an integer ≥ 1, got 0.",
        "OptionError: piecewiseConstant: boundaries must be integers ≥ 1, each above the one before, got [10,10].",
        "OptionError: piecewiseConstant: values must hold one value more than there are boundaries, 2, got [1].",
        "OptionError: piecewiseConstant: values[1] must be finite in float32 and ≥ 0, got -2.",
        "OptionError: cosine: steps must be an integer ≥ 1, got 1.5.",
        "OptionError: cosine: initial must be finite in float32 and ≥ 0, got -1.",
        "OptionError: cosine: final must be finite in float32 and ≥ 0, got -2.",
        "OptionError: exponentialDecay: factor must be finite and > 0, got Infinity.",
        "OptionError: staircaseDecay: initial must be finite in float32 and ≥ 0, got -1.",
        "OptionError: piecewiseConstant: boundaries must be integers ≥ 1, each above the one before, got [0].",
        "OptionError: piecewiseConstant: boundaries must be integers ≥ 1, each above the one before, got [1.5].",
        "OptionError: warmup: rate must be finite in float32 and ≥ 0, got -1.",
        "OptionError: warmup: rate must be a number or a schedule, got "0.1".",
        "OptionError: warmup: steps must be an integer ≥ 1, got 0.",
        "OptionError: warmup: rate(2) must be finite in float32 and ≥ 0.",
        "OptionError: constant: value must be finite in float32 and ≥ 0, got 3.5e+38.",
      ]
    `);
  });
});
