import { describe, expect, it } from 'vitest';
import {
  flushedToZero,
  gamma as gammaOf,
  meanError,
  roundings,
  roundoffOf,
} from '../../src/bounds/roundoff.js';
import {
  trackGlobalPool,
  trackGlobalPoolGradient,
  trackRelu,
  trackReluGradient,
  trackTanh,
  trackTanhGradient,
} from '../../src/bounds/trackActivation.js';
import {
  trackAffine,
  trackInference,
  trackScaled,
  trackScaleGradient,
} from '../../src/bounds/trackAffine.js';
import { exactly, largest, type Tracked } from '../../src/bounds/tracked.js';
import { trackedSubject } from '../../src/bounds/trackedSubject.js';
import { trackBias, trackBiasGradient } from '../../src/bounds/trackLinear.js';
import { trackPointwise } from '../../src/bounds/trackPointwise.js';
import { trackMoved, trackSgd } from '../../src/bounds/trackUpdates.js';
import { drawn, gamma, offBy, rounded, u } from './offBy.js';

// Each expected error is worked out by hand from the equation in the function's docstring.

describe('roundoff', () => {
  it('γₙ = n·u/(1 − n·u); a mean of m has m − 1 additions and a division', () => {
    expect(gammaOf(10, 2 ** -10)).toBe(10 / 1014);
    expect(meanError(3, 2 ** -10)).toBe(7 / 1017);
    expect(roundings.exponential(-2)).toBe(14);
  });

  it('is float32’s by default, and what is flushed to zero is below the least normal number', () => {
    expect(roundoffOf({})).toBe(2 ** -24);
    expect(roundoffOf({ unitRoundoff: 2 ** -11 })).toBe(2 ** -11);
    expect([2 ** -11, 2 ** -24, 2 ** -40].map(flushedToZero)).toEqual(new Array(3).fill(2 ** -126));
    expect(flushedToZero(2 ** -53)).toBe(2 ** -1022);
  });

  it('values that are handed over exactly have no error, and the largest magnitude as size', () => {
    expect(exactly({ data: Float32Array.of(1, -3), shape: [2] })).toEqual({
      ...offBy([2], [1, -3], [0]),
      size: 3,
    });
    expect(largest([])).toBe(0);
  });
});

describe('activations', () => {
  it('max(0, x) keeps the error', () => {
    expect(trackRelu(offBy([2], [-1, 2], [3, 4]))).toEqual({ ...offBy([2], [0, 2], [3, 4]), size: 2 });
  });

  it('the gradient of max(0, x) may be δ or 0 where x is within its error of 0', () => {
    const x = offBy([7], [3, -3, 0.5, -0.5, 1, -1, 0], [1]);
    const { value, error, size } = trackReluGradient(x, offBy([7], [-10], [2]));
    expect([...value]).toEqual([-10, 0, -10, 0, -10, 0, 0]);
    expect([...error]).toEqual([2, 0, 12, 12, 12, 12, 12]);
    expect(size).toBe(10);
  });

  it('tanh x: two exponentials, two operations and a division, from |x| = 9 on those of 9', () => {
    const { value, error, size } = trackTanh(offBy([2], [-0.5, -20], [0.25]), u);
    expect(rounded(value)).toEqual([-0.4621171573, -1]);
    // 2·(6 + 4·½) + 2 + 5 = 23 roundings, and 2·(6 + 4·9) + 2 + 5 = 91.
    expect(rounded(error)).toEqual(rounded([0.25 + 23 / 1001, 0.25 + 91 / 933]));
    expect(size).toBe(1);
  });

  it('δ(1 − y²)', () => {
    const { value, error, size } = trackTanhGradient(
      offBy([2], [0.5, -0.5], [0.25]),
      offBy([2], [-4], [1]),
      u,
    );
    expect([...value]).toEqual([-3, -3]);
    // 1·(1 − ¼) + 5·(1 + ¼)·¼ + γ₃·5
    const expected = 0.75 + 1.5625 + 15 / 1021;
    expect(rounded(error)).toEqual(rounded([expected, expected]));
    expect(size).toBe(4);
  });

  it('PReLU with slope ¼ rounds a product, tanh and ReLU are as above', () => {
    const x = offBy([3], [2, -8, 0], [0.5]);
    const prelu = trackPointwise(x, 'prelu', u);
    expect([...prelu.value]).toEqual([2, -2, 0]);
    expect([...prelu.error]).toEqual([0.5 + 2 / 1024, 0.5 + 8 / 1024, 0.5]);
    expect(trackPointwise(x, 'relu', u)).toEqual(trackRelu(x));
    expect(trackPointwise(x, 'tanh', u)).toEqual(trackTanh(x, u));
  });

  it('the largest of a 2×2 square has at most the largest error of the four', () => {
    const values = Array.from({ length: 64 }, (_, i) => i - 70);
    const x = offBy(
      [2, 4, 4, 2],
      values,
      values.map((each) => (each === -70 ? 7 : 1)),
    );
    const { shape, value, error, size } = trackPointwise(x, 'maxPool', u);
    expect(shape).toEqual([2, 2, 2, 2]);
    // The last pixel of each square: pixels are 2 values apart, rows 8, images 32.
    const lastPixels = [10, 14, 26, 30, 42, 46, 58, 62];
    expect([...value]).toEqual(lastPixels.flatMap((at) => [at - 70, at + 1 - 70]));
    expect([...error]).toEqual([7, ...new Array(15).fill(1)]);
    expect(size).toBe(60);
  });
});

describe('a global mean', () => {
  // Two images of one row and two columns, two channels.
  const x = offBy([2, 1, 2, 2], [1, -2, 3, -6, 10, 20, 30, 40], [0.5]);

  it('per image and channel: its terms’ errors, and γ_{2+4} of their magnitudes', () => {
    const { shape, value, error, size } = trackGlobalPool(x, u);
    expect(shape).toEqual([2, 2]);
    expect([...value]).toEqual([2, -4, 20, 30]);
    expect(rounded(error)).toEqual(rounded([2, 4, 20, 30].map((each) => 0.5 + gamma(6) * (each + 0.5))));
    expect(size).toBe(40);
  });

  it('backward, spreads δ over the pixels: γ₆ for the factor and the product', () => {
    const { shape, value, error, size } = trackGlobalPoolGradient(
      offBy([2, 2], [2, -4, 6, 8], [0.5]),
      [2, 1, 2, 2],
      u,
    );
    expect(shape).toEqual([2, 1, 2, 2]);
    expect([...value]).toEqual([1, -2, 1, -2, 3, 4, 3, 4]);
    const errorOf = (dy: number) => (0.5 + gamma(6) * (dy + 0.5)) / 2;
    expect(rounded(error)).toEqual(rounded([2, 4, 2, 4, 6, 8, 6, 8].map(errorOf)));
    expect(size).toBe(4);
  });
});

describe('gains and biases', () => {
  it('x + b: one rounding, none where b is known to be 0', () => {
    const { value, error, size } = trackBias(
      offBy([2, 3], [3], [0.5]),
      offBy([3], [-5, 0, 0], [0.25, 0, 0.25]),
      u,
    );
    expect([...value]).toEqual([-2, 3, 3, -2, 3, 3]);
    const first = [0.75 + 2.75 / 1024, 0.5, 0.75 + 3.75 / 1024];
    expect([...error]).toEqual([...first, ...first]);
    expect(size).toBe(8);
  });

  it('Σδ: the sum of the errors, and γ_m of the magnitudes', () => {
    const { shape, value, error } = trackBiasGradient(offBy([3, 1, 2], [1, -2, -3, 4, 5, 6], [0.5, 0.25]), u);
    expect(shape).toEqual([2]);
    expect([...value]).toEqual([3, 8]);
    expect(rounded(error)).toEqual(rounded([1.5 + gamma(3) * 10.5, 0.75 + gamma(3) * 12.75]));
  });

  it('γx: one rounding, none where |γ| is known to be 1', () => {
    const scale = offBy([4], [-2, 1, -1, 1], [0.25, 0, 0, 0.25]);
    const { value, error, size } = trackScaled(offBy([1, 4], [-3], [0.5]), scale, u);
    expect([...value]).toEqual([6, -3, 3, -3]);
    // 2·½ + ¼·3½ = 1⅞ and 1·½ + ¼·3½ = 1⅜
    expect([...error]).toEqual([1.875 + 7.875 / 1024, 0.5, 0.5, 1.375 + 4.375 / 1024]);
    expect(size).toBe(6);
  });

  it('γx + β: both in turn, in units of the largest result', () => {
    const y = trackAffine(offBy([1, 1], [-3], [0.5]), offBy([1], [-2], [0]), offBy([1], [-5], [0]), u);
    expect([...y.value]).toEqual([1]);
    const scaled = 1 + 7 / 1024;
    expect([...y.error]).toEqual([scaled + (1 + scaled) / 1024]);
    expect(y.size).toBe(1);
  });

  it('Σδŷ: errors of both factors, and γ_{m+1} of the terms', () => {
    const dy = offBy([2, 2], [2, 7, -1, 7], [0.5, 0, 0, 0]);
    const y = offBy([2, 2], [-3, 1, 4, 1], [0.25, 0, 1, 0]);
    const { shape, value, error, size } = trackScaleGradient(dy, y, 2, u);
    expect(shape).toEqual([2]);
    expect([...value]).toEqual([-10, 14]);
    // (½·3¼ + 2·¼) + 1·1 carried; 2½·3¼ + 1·5 in all.
    expect(rounded(error)).toEqual(rounded([3.125 + gamma(3) * 13.125, gamma(3) * 14]));
    expect(size).toBe(14);
  });

  it('γ(x − μ)/√(v + ε) + β with errors of γ and β too', () => {
    const infer = (gammaError: number, betaError: number) =>
      trackInference(
        offBy([1, 1], [-5], [0.5]),
        { scale: offBy([1], [-4], [gammaError]), offset: offBy([1], [7], [betaError]) },
        { mean: offBy([1], [2], [0.25]), variance: offBy([1], [3], [0]) },
        1,
        u,
      ).error[0]!;
    // (|γ| + e_γ)/s = 3, |x − μ| = 7, e_x + e_μ = ¾; e_γ/s = 1.
    const expected = 3 * 0.75 + 1 * 7 + 3 + gamma(20) * (3 * 7.75 + 7 + 3);
    expect(rounded([infer(2, 3)])).toEqual(rounded([expected]));
    // The furthest corner is the bound but for the rounding: 6·7¾/2 + 10 beside 4·7/2 + 7.
    expect(rounded([33.25 - 21 + gamma(20) * 33.25])).toEqual(rounded([expected]));
  });

  it('γ(x − μ)/√(v + ε) + β with given statistics, for each channel', () => {
    const infer = (x: number[], varianceError: number) =>
      trackInference(
        offBy([1, 2], x, [0.5]),
        { scale: offBy([2], [-4, 0], [0]), offset: offBy([2], [7, -7], [0]) },
        { mean: offBy([2], [2, -2], [0.25]), variance: offBy([2], [3], [varianceError]) },
        1,
        u,
      );
    const { value, error, size } = infer([-5, 5], 1);
    expect([...value]).toEqual([21, -7]);
    expect(size).toBe(21);
    // |γ|/s = 2, e_x + e_μ = ¾, ½·e_v/(v + ε − e_v) = 1/6, |x| + |μ| = 7¾ and |x − μ| = 7¾ with the errors.
    const expected =
      2 * 0.75 * (7 / 6) + ((2 * 7.75) / 6) * Math.sqrt(4 / 3) + gamma(20) * (2 * 7.75 * (4 / 3) + 7);
    expect(rounded(error)).toEqual(rounded([expected, gamma(20) * 7]));
    // |x − μ| = 3¾, and ½·½/3½ = 1/14.
    const near = infer([5, 5], 0.5).error[0]!;
    const nearer =
      2 * 0.75 * (15 / 14) + ((2 * 3.75) / 14) * Math.sqrt(4 / 3.5) + gamma(20) * (2 * 7.75 * (8 / 7) + 7);
    expect(rounded([near])).toEqual(rounded([nearer]));
    // The furthest result within the errors: x and μ apart, v small.
    expect(near).toBeGreaterThan(Math.abs((-4 * 3.75) / Math.sqrt(3.5) + 7 - 1));
    for (const none of [infer([5, 5], 4), infer([5, 5], 5)]) expect(none.error[0]).toBe(Infinity);
  });
});

describe('updates', () => {
  it('d·v + (1 − d)·σ²: the decay’s share of both errors, ud of σ² for 1 − d, and γ₄ of both terms', () => {
    const { value, error, size } = trackMoved(offBy([1], [-4], [0.5]), offBy([1], [2], [0.25]), 0.75, u);
    expect([...value]).toEqual([-2.5]);
    const expected = 0.375 + 0.0625 + u * 0.75 * 2.25 + gamma(4) * (0.75 * 4.5 + (0.25 + u) * 2.25);
    expect(rounded(error)).toEqual(rounded([expected]));
    expect(size).toBe(4);
  });

  it.each([0.99, 0.999, 0.9, 0.3])(
    'd·v + (1 − d)·σ² in float32, with 1 − d from the rounded d = %d',
    (decay) => {
      const [old, batch] = [drawn('old', [400], 3), drawn('batch', [400])].map(({ value }) =>
        exactly({ data: value.map(Math.fround), shape: [400] }),
      ) as [Tracked, Tracked];
      const none = { ...old, value: old.value.map((each, c) => (c % 2 === 0 ? 0 : each)) };
      const { value, error } = trackMoved(none, batch, decay, 2 ** -24);
      for (const [c, each] of value.entries()) {
        const moved = movedInFloat32(none.value[c]!, batch.value[c]!, decay);
        expect(Math.abs(moved - each)).toBeLessThanOrEqual(error[c]!);
      }
    },
  );

  it.each([
    [0.125, 3.75, 0.9375, 8.03125],
    [4, 11.5, 1, 16.75],
  ])('v′ = m·v + g + λW, W′ = W − ηv′ with λ = %d', (weightDecay, pull, kept, terms) => {
    const options = { learningRate: 0.5, weightDecay, momentum: 0.5 };
    const [w, v, g] = [offBy([1], [2], [0.25]), offBy([1], [-3], [0.5]), offBy([1], [5], [1])];
    const { param, velocity } = trackSgd(w, v, g, options, u);
    expect([...velocity.value]).toEqual([pull]);
    expect([...param.value]).toEqual([2 - 0.5 * pull]);
    // m·½ + 1 = 1¼ carried; |g| + λ|W| + m|v| with their errors are the terms.
    expect(rounded(velocity.error)).toEqual(rounded([1.25 + weightDecay * 0.25 + gamma(9) * terms]));
    expect(rounded(param.error)).toEqual(
      rounded([kept * 0.25 + 0.5 * 1.25 + gamma(9) * (2.25 + 0.5 * terms)]),
    );
    expect(param.size).toBe(2);
  });

  it('folding with errors: those of all inputs, at their corners, and γ₁₈ of the largest terms', () => {
    const { fold } = trackedSubject({ unitRoundoff: u });
    const { kernel, bias } = fold(
      offBy([1, 1], [-5], [0.25]),
      offBy([1], [2], [0.5]),
      { scale: offBy([1], [-6], [2]), offset: offBy([1], [-7], [1]) },
      { mean: offBy([1], [-8], [3]), variance: offBy([1], [15], [12]) },
      1,
    );
    // γ/s is −6/4, at most 8/√4 in magnitude: 6·(½ − ¼) + 2·½ = 2½ off.
    expect(rounded(kernel.value)).toEqual([7.5]);
    expect(rounded(kernel.error)).toEqual(rounded([5 * 2.5 + 0.25 * 4 + gamma(18) * 5.25 * 4]));
    expect(rounded(bias.value)).toEqual([10 * -1.5 - 7]);
    expect(rounded(bias.error)).toEqual(
      rounded([10 * 2.5 + 3.5 * 4 + 1 + gamma(18) * ((2 + 8 + 3.5) * 4 + 8)]),
    );
    // The furthest corner is the bound but for the rounding.
    expect(rounded([5.25 * 4 - 7.5 + gamma(18) * 21])).toEqual(rounded(kernel.error));
    expect(rounded([13.5 * 4 + 8 - 22 + gamma(18) * 62])).toEqual(rounded(bias.error));
  });

  it.each([15, 16, 17])(
    'folding has no bound where a variance may be −ε or less: 15 ± %d',
    (varianceError) => {
      const { fold } = trackedSubject({ unitRoundoff: u });
      const one = offBy([1], [1], [0]);
      const { kernel, bias } = fold(
        offBy([1, 1], [0], [0]),
        one,
        { scale: one, offset: one },
        { mean: one, variance: offBy([1], [15], [varianceError]) },
        1,
      );
      for (const { error } of [kernel, bias])
        expect([...error]).toEqual([varianceError < 16 ? expect.closeTo(0, 0) : Infinity]);
    },
  );

  it('folding: γ_{14+4} of every term', () => {
    const { fold } = trackedSubject({ unitRoundoff: u });
    const exact = (shape: number[], ...value: number[]) => offBy(shape, value, [0]);
    const { kernel, bias } = fold(
      exact([2, 2], 1, -2, 3, 4),
      exact([2], 5, -1),
      { scale: exact([2], -6, 2), offset: exact([2], -7, 3) },
      { mean: exact([2], -8, 2), variance: exact([2], 3, 15) },
      1,
    );
    // γ/s = −3 and ½.
    expect([...kernel.value]).toEqual([-3, -1, -9, 2]);
    expect(rounded(kernel.error)).toEqual(rounded([3, 1, 9, 2].map((each) => gamma(18) * each)));
    expect([...bias.value]).toEqual([13 * -3 - 7, -1.5 + 3]);
    expect(rounded(bias.error)).toEqual(rounded([13 * 3 + 7, 1.5 + 3].map((each) => gamma(18) * each)));
  });
});

/** Every step rounded, and d before it is taken from 1. */
function movedInFloat32(old: number, batch: number, decay: number): number {
  const kept = Math.fround(decay);
  const share = Math.fround(1 - kept);
  return Math.fround(Math.fround(kept * old) + Math.fround(share * batch));
}
