import { describe, expect, it } from 'vitest';
import {
  binomialInterval,
  differencePower,
  differencesOf,
  equivalence,
  equivalencePower,
  holm,
  interaction,
  pairedDifference,
  pairsToDecide,
  pairsToDetect,
  signFlipTest,
  signTest,
  stepsToTarget,
  summarize,
  welch,
} from '../../src/index.js';
import { overSpread } from '../../src/statistics/distributions.js';

describe('summarize', () => {
  it('agrees with a hand computation: 1, 2, 3 have mean 2 and sd 1', () => {
    // With 2 degrees of freedom, t(p) = (2p − 1)/√(2p(1 − p)) in closed form.
    const { interval, ...rest } = summarize([1, 2, 3]);
    expect(rest).toEqual({ n: 3, mean: 2, sd: 1 });
    expect(interval![1] - 2).toBeCloseTo(0.95 / Math.sqrt(2 * 0.975 * 0.025) / Math.sqrt(3), 12);
  });

  it('has neither sd nor interval for one value', () => {
    expect(summarize([0.7])).toEqual({ n: 1, mean: 0.7, sd: null, interval: null });
  });

  it('refuses an empty sample and values that are not finite', () => {
    expect(() => summarize([])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: summarize: values must hold at least one value, got [].]`,
    );
    expect(() => summarize([1, Number.NaN])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: summarize: values[1] must be a finite number, got NaN.]`,
    );
  });
});

describe('pairedDifference and signFlipTest', () => {
  it('smallest p at n = 5 is .0625', () => {
    expect(signFlipTest([1, 2, 3, 4, 5])).toEqual({ p: 0.0625, least: 0.0625 });
  });

  it('p = 1 for differences that are all 0', () => {
    expect(pairedDifference([0, 0, 0])).toMatchObject({ t: 0, p: 1 });
    expect(signFlipTest([0, 0]).p).toBe(1);
  });

  it('p is 0 for equal differences that are not 0', () => {
    expect(pairedDifference([0.5, 0.5])).toMatchObject({ t: Number.POSITIVE_INFINITY, p: 0 });
  });

  it('one pair decides nothing', () => {
    const single = { n: 1, mean: 0.7, sd: null, interval: null };
    const none = { t: null, p: null, pBelow: null, pAbove: null };
    expect(pairedDifference([0.7])).toEqual({ ...single, ...none });
    expect(equivalence([0.7], { margin: 2 })).toEqual({
      ...single,
      margin: 2,
      verdict: 'undecided',
      p: null,
      pBeyond: null,
    });
  });

  it('signFlipTest: the share of the eight choices of signs of 1, 2 and 4 with a sum as far from 0', () => {
    // |Σ| over the choices: 7, 5, 3, 1, each twice.
    expect(signFlipTest([1, 2, 4]).p).toBe(2 / 8);
    expect(signFlipTest([-1, 2, 4]).p).toBe(4 / 8);
    expect(signFlipTest([1, -2, 4]).p).toBe(6 / 8);
    expect(signFlipTest([1, 2, -4]).p).toBe(1);
    expect(signFlipTest(new Array(20).fill(1)).p).toBe(2 / 2 ** 20);
    expect(() => signFlipTest([])).toThrow('signFlipTest: differences must hold at least one value');
  });

  it('signFlipTest: rounding separates no equal sums, in any unit', () => {
    // ±2 ± 1 ± 3 ± 2 is 0 for two of the sixteen choices, and as far from 0 as 2 + 1 − 3 + 2 for the others. In tenths,
    // sums that are equal differ by more than one rounding.
    for (const unit of [1, 2 ** -40, 2 ** 40]) {
      const differences = [0.2, 0.1, -0.3, 0.2].map((each) => unit * each);
      expect(signFlipTest(differences).p, `unit ${unit}`).toBe(14 / 16);
    }
  });

  it('differencesOf subtracts pair by pair', () => {
    expect(differencesOf([3, 5], [1, 9])).toEqual([2, -4]);
  });

  it('refuses samples of different lengths, and more differences than can be enumerated', () => {
    expect(() => differencesOf([1], [1, 2])).toThrow(
      "differencesOf: values must be as many as the reference's, 2, got 1",
    );
    expect(() => signFlipTest(new Array(21).fill(1))).toThrow(
      'signFlipTest: differences must be at most 20, as all 2ⁿ choices of signs are tried, got 21',
    );
  });
});

describe('equivalence', () => {
  it('p < α if and only if the 1 − 2α interval is inside the margin', () => {
    const differences = [-0.001, 0.002, 0.0005, -0.0015];
    const [low, high] = equivalence(differences, { margin: 1 }).interval!;
    const edge = Math.max(-low, high);
    expect(equivalence(differences, { margin: edge * 1.0001 }).verdict).toBe('equivalent');
    expect(equivalence(differences, { margin: edge * 0.9999 }).verdict).toBe('undecided');
  });

  it('agrees with a hand computation for two degrees of freedom, on both sides', () => {
    // n = 3, mean ±4, sd 1 and margin 1: t = ∓3·√3 at the near end, and F(t) = 1/2 + t/(2·√(2 + t²)).
    const tail = 1 / 2 - Math.sqrt(27) / (2 * Math.sqrt(29));
    for (const sign of [-1, 1]) {
      const { p, pBeyond, verdict, ...rest } = equivalence(
        [3, 4, 5].map((each) => sign * each),
        { margin: 1 },
      );
      expect(p).toBeCloseTo(1 - tail, 10);
      expect(pBeyond).toBeCloseTo(2 * tail, 10);
      expect(verdict).toBe('different');
      expect(rest).toMatchObject({ n: 3, mean: 4 * sign, sd: 1, margin: 1 });
    }
  });

  it('p = α is not enough', () => {
    // The mean is at the margin: p = ½.
    expect(equivalence([1, 3], { margin: 2, alpha: 0.5 })).toMatchObject({ p: 0.5, verdict: 'undecided' });
    // p does not depend on α: the first call finds it, the others are at it and just above.
    const beyond = equivalence([3, 4, 5], { margin: 1 }).pBeyond!;
    expect(equivalence([3, 4, 5], { margin: 1, alpha: beyond }).verdict).toBe('undecided');
    expect(equivalence([3, 4, 5], { margin: 1, alpha: beyond * 1.001 }).verdict).toBe('different');
  });

  it('refuses an empty sample, a margin of 0 and an α of 1', () => {
    expect(() => equivalence([], { margin: 1 })).toThrow('equivalence: differences must hold at least one');
    expect(() => equivalence([1], { margin: 0 })).toThrow('equivalence: margin must be a number > 0, got 0');
    expect(() => equivalence([1], { margin: 1, alpha: 1 })).toThrow('equivalence: alpha must be in (0, 1)');
    expect(() => pairedDifference([])).toThrow('pairedDifference: differences must hold at least one value');
  });

  it('is different if the 1 − α interval is beyond the margin', () => {
    const differences = [0.03, 0.031, 0.029, 0.0305];
    const [low] = pairedDifference(differences).interval!;
    expect(equivalence(differences, { margin: low * 0.9999 }).verdict).toBe('different');
    expect(equivalence(differences, { margin: low * 1.0001 }).verdict).toBe('undecided');
  });
});

describe('a level of confidence', () => {
  it.each([
    ['summarize', (level: number) => summarize([1, 2], { level })],
    ['pairedDifference', (level: number) => pairedDifference([1, 2], { level })],
    ['signTest', (level: number) => signTest([1, 2], { level })],
    ['welch', (level: number) => welch([1, 2], [3, 4], { level })],
    ['binomialInterval', (level: number) => binomialInterval(1, 2, { level })],
  ] as const)('of %s must be between 0 and 1, both excluded', (_, call) => {
    for (const level of [0, 1, 2, -0.5, Number.NaN])
      expect(() => call(level)).toThrow(/: level must be in \(0, 1\), got /);
    expect(() => call(0.5)).not.toThrow();
  });

  it('makes an interval wider', () => {
    const width = (level: number) => {
      const [low, high] = welch([1, 2, 4], [3, 5], { level }).interval;
      return high - low;
    };
    expect(width(0.99)).toBeGreaterThan(width(0.95));
    expect(welch([1, 2, 4], [3, 5])).toEqual(welch([1, 2, 4], [3, 5], { level: 0.95 }));
  });
});

describe('signTest', () => {
  it('has an interval from the level that all values but one sign leave: 1 − 2/2⁵ for five', () => {
    expect(signTest([5, 1, 4, 2, 3], { level: 1 - 2 / 32 }).interval).toEqual([1, 5]);
    expect(signTest([5, 1, 4, 2, 3], { level: 0.94 }).interval).toBeNull();
  });

  it('refuses an empty sample', () => {
    expect(() => signTest([])).toThrow('signTest: values must hold at least one value');
  });
});

describe('holm', () => {
  it('refuses what is no probability, and takes both ends', () => {
    for (const [values, rule] of [
      [[0.5, -0.1], 'values[1] must be in [0, 1], got -0.1'],
      [[1.1], 'values[0] must be in [0, 1], got 1.1'],
      [[Number.NaN], 'values[0] must be in [0, 1], got NaN'],
    ] as const)
      expect(() => holm(values)).toThrow(`holm: ${rule}`);
    expect(holm([0, 1])).toEqual([0, 1]);
  });

  it('agrees with a hand computation, in the given order', () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});

describe('interaction', () => {
  it('is the difference of differences, seed by seed', () => {
    const [tanh] = interaction(
      {
        relu: { arm: [0.9, 0.91], reference: [0.91, 0.91] },
        tanh: { arm: [0.8, 0.82], reference: [0.86, 0.87] },
      },
      'relu',
    );
    expect(tanh!.level).toBe('tanh');
    expect(tanh!.differences[0]).toBeCloseTo(-0.05, 12);
    expect(tanh!.differences[1]).toBeCloseTo(-0.05, 12);
    const levels = { tanh: { arm: [3, 5], reference: [1, 1] }, relu: { arm: [2, 2], reference: [1, 1] } };
    expect(interaction(levels, 'relu')).toMatchObject([
      { level: 'tanh', differences: [1, 3], mean: 2, n: 2 },
    ]);
    expect(() => interaction(levels, 'elu')).toThrow(
      'interaction: base must be one of the levels tanh, relu, got "elu"',
    );
  });
});

describe('stepsToTarget', () => {
  const curve = [
    { step: 100, accuracy: 0.4 },
    { step: 200, accuracy: 0.6 },
    { step: 300, accuracy: 0.5 },
  ];
  it('interpolates to the first step at the target', () => {
    expect(stepsToTarget(curve, 0.5)).toBeCloseTo(150, 9);
    expect(stepsToTarget(curve, 0.3)).toBe(100);
    expect(stepsToTarget(curve, 0.6)).toBe(200);
    expect(stepsToTarget(curve, 0.7)).toBeNull();
  });
});

describe('welch', () => {
  it('without any spread: n + m − 2 degrees of freedom, and certainty', () => {
    expect(welch([2, 2, 2], [1, 1])).toEqual({
      difference: 1,
      interval: [1, 1],
      t: Number.POSITIVE_INFINITY,
      freedom: 3,
      p: 0,
    });
    expect(welch([1, 1], [1, 1])).toMatchObject({ t: 0, p: 1 });
  });

  it('needs two values of each', () => {
    expect(() => welch([1], [1, 2])).toThrow('welch: values must hold at least 2 values');
    expect(() => welch([1, 2], [1])).toThrow('welch: reference must hold at least 2 values');
  });
});

describe('overSpread', () => {
  it.each([1, 2, 5, 100, 10_000])(
    'is an expectation: that of 1 is 1, for %d degrees of freedom',
    (freedom) => {
      expect(overSpread(() => 1, freedom)).toBeCloseTo(1, 8);
      // E[S²] = 1
      expect(overSpread((spread) => spread * spread, freedom)).toBeCloseTo(1, 8);
    },
  );

  it('up to a bound: the distribution of χ_ν/√ν', () => {
    // 2S² is exponential with mean 2.
    expect(overSpread(() => 1, 2, 1)).toBeCloseTo(1 - Math.exp(-1), 8);
    // The chi-square distribution function at its mean, ½ + 1/(3√(πν)).
    expect(overSpread(() => 1, 10_000, 1)).toBeCloseTo(0.5 + 1 / (3 * Math.sqrt(Math.PI * 10_000)), 5);
    expect(overSpread(() => 1, 10_000, 0.9)).toBe(0);
  });
});

describe('power', () => {
  it('is 0 without a second pair', () => {
    expect(differencePower({ n: 1, sd: 1, effect: 100 })).toBe(0);
    expect(equivalencePower({ n: 1, sd: 1, effect: 0, margin: 100 })).toBe(0);
    expect(differencePower({ n: 2, sd: 1, effect: 100 })).toBeGreaterThan(0.9);
  });

  // The sample sizes of a two-sided paired t test at .05 that tables give for effects of 1, .5 and .2 deviations.
  it.each([
    [1, 0.8, 10],
    [0.5, 0.8, 34],
    [0.2, 0.8, 199],
    [0.5, 0.95, 54],
  ])('an effect of %d deviations needs, for a power of %d, %d pairs', (effect, power, n) => {
    expect(pairsToDetect({ sd: 1, effect, power })).toBe(n);
    expect(pairsToDetect({ sd: 10, effect: 10 * effect, power })).toBe(n);
  });

  it('is never enough for an effect that is much too small, or none', () => {
    expect(pairsToDetect({ sd: 1, effect: 1e-6 })).toBeNull();
    // With α above the power, a test of any effect has enough of it, but of none there is nothing to detect.
    expect(pairsToDetect({ sd: 1, effect: 0, alpha: 0.9, power: 0.5 })).toBeNull();
    expect(pairsToDetect({ sd: 1, effect: 1e-6, alpha: 0.9, power: 0.5 })).toBe(2);
  });

  it.each([
    [() => pairsToDecide({ sd: 0, margin: 1 }), 'pairsToDecide: sd must be a number > 0, got 0.'],
    [() => pairsToDecide({ sd: 1, margin: -1 }), 'pairsToDecide: margin must be a number > 0, got -1.'],
    [() => pairsToDecide({ sd: 1, margin: 1, power: 1 }), 'pairsToDecide: power must be in (0, 1), got 1.'],
    [
      () => pairsToDetect({ sd: Infinity, effect: 1 }),
      'pairsToDetect: sd must be a number > 0, got Infinity.',
    ],
    [() => pairsToDetect({ sd: 1, effect: 1, power: 0 }), 'pairsToDetect: power must be in (0, 1), got 0.'],
    [() => summarize([]), 'summarize: '],
    [() => summarize([1, 2], { level: 2 }), 'summarize: level must be in (0, 1), got 2.'],
    [() => welch([1, 2], [3, 4], { level: 2 }), 'welch: level must be in (0, 1), got 2.'],
    [() => signFlipTest([Number.NaN]), 'signFlipTest: differences[0] must be a finite number, got NaN.'],
  ])('refuses what it cannot use: %#', (call, message) => {
    expect(call).toThrow(message);
  });

  it('is enough at the smallest number of pairs, and not at one less', () => {
    const plan = { sd: 0.004, margin: 0.005 };
    const n = pairsToDecide(plan)!;
    expect(equivalencePower({ ...plan, n, effect: 0 })).toBeGreaterThanOrEqual(0.8);
    expect(equivalencePower({ ...plan, n: n - 1, effect: 0 })).toBeLessThan(0.8);
  });

  it('is near 8.6·sd²/margin² for many pairs', () => {
    // (z₀.₉₅ + z₀.₉)² = 8.56 for normal differences; t needs a pair or two more, which is 2 % of 137.
    const n = pairsToDecide({ sd: 0.02, margin: 0.005 })!;
    expect(n).toBeGreaterThanOrEqual(8.56 * 16);
    expect(n).toBeLessThanOrEqual(8.56 * 16 + 3);
  });

  it('is found for a large standard deviation too', () => {
    const n = pairsToDecide({ sd: 0.07, margin: 0.005 })!;
    expect(n).toBeGreaterThanOrEqual(8.56 * 196);
    expect(n).toBeLessThanOrEqual(8.57 * 196 + 3);
  });

  it('is never enough for a true difference as large as the margin', () => {
    expect(pairsToDecide({ sd: 0.004, margin: 0.005, effect: 0.005 })).toBeNull();
    expect(pairsToDetect({ sd: 0.004, effect: 0 })).toBeNull();
  });
});

describe('binomialInterval', () => {
  it('is closed at 0 and 1, where all trials end alike: 1 − (α/2)^(1/n)', () => {
    const [low, high] = binomialInterval(0, 2, { level: 0.5 });
    expect(low).toBe(0);
    expect(high).toBeCloseTo(0.5, 9);
    const [least, most] = binomialInterval(2, 2, { level: 0.5 });
    expect(least).toBeCloseTo(0.5, 9);
    expect(most).toBe(1);
  });

  it('needs whole numbers of trials and successes', () => {
    expect(() => binomialInterval(0, 0)).toThrow('binomialInterval: trials must be an integer ≥ 1, got 0');
    expect(() => binomialInterval(0, 1.5)).toThrow('trials must be an integer ≥ 1, got 1.5');
    expect(() => binomialInterval(-1, 2)).toThrow('successes must be an integer from 0 to 2, got -1');
    expect(() => binomialInterval(0.5, 2)).toThrow('successes must be an integer from 0 to 2, got 0.5');
    expect(() => binomialInterval(1, 1)).not.toThrow();
  });

  it('refuses more successes than trials', () => {
    expect(() => binomialInterval(3, 2)).toThrow(/successes must be an integer from 0 to 2, got 3/);
  });
});
