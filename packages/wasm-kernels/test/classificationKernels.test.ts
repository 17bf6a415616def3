import { unitRoundoff } from '@normlab/testing';
import { registerWasmKernels } from '@normlab/wasm-kernels';
import { setBackend } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runOn } from './support/bothBackends.js';

/** tfjs's module as a plain program has it: one thread, and static data where other builds hold zeros. */
let close: () => Promise<void>;
beforeAll(async () => {
  await setBackend('wasm');
  ({ close } = await registerWasmKernels());
});
afterAll(() => close());

describe('NormlabSoftmaxCrossEntropy in a plain tfjs program', () => {
  async function crossEntropy(logits: readonly number[], truth: number) {
    const [loss, slope] = await runOn(
      ...(['wasm', 'NormlabSoftmaxCrossEntropy'] as const),
      {
        logits: { shape: [1, logits.length], values: Float32Array.from(logits) },
        labels: { shape: [1], values: Int32Array.of(truth) },
      },
      {},
    );
    return { loss: loss!.values[0]!, slope: slope!.values };
  }

  it('is log(1 + e⁻ᵈ) for logits d apart, wherever d lies', async () => {
    // Sixteen to a binade from 2⁻³⁰ to 128, so that every range that exp may be cut into is met.
    const gaps = Array.from({ length: 16 * 37 }, (_, i) => Math.fround(2 ** (i / 16 - 30)));
    for (const gap of [0, ...gaps]) {
      const { loss, slope } = await crossEntropy([0, -gap], 0);
      const share = 1 / (1 + Math.exp(gap));
      // exp, log and the shares are right to a few units of float64: what is left is one rounding to float32.
      const near = (wanted: number) => (unitRoundoff + 2 ** -48) * Math.abs(wanted) + 2 ** -50;
      const wanted = Math.log1p(Math.exp(-gap));
      expect(Math.abs(loss - wanted), `loss, ${gap} apart`).toBeLessThanOrEqual(near(wanted));
      expect(Math.abs(slope[1]! - share), `slope, ${gap} apart`).toBeLessThanOrEqual(near(share));
      expect(Math.abs(slope[0]! + share), `slope, ${gap} apart`).toBeLessThanOrEqual(near(share));
    }
  });

  it('has its limits where a logit lies far below, and passes on what is not finite', async () => {
    expect(await crossEntropy([0, -3e38], 0)).toEqual({ loss: 0, slope: Float32Array.of(0, 0) });
    expect((await crossEntropy([0, -800], 1)).loss).toBe(800);
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect((await crossEntropy([0, odd], 0)).loss).toBeNaN();
    }
    expect((await crossEntropy([0, Number.NEGATIVE_INFINITY], 0)).loss).toBe(0);
  });

  it('is what it is for large logits too, on either side of 0', async () => {
    for (const [logits, expected] of [
      [[800, 0, 790], Math.log1p(Math.exp(-10))],
      [[-800, -800, -2000], Math.LN2],
    ] as const) {
      const { loss, slope } = await crossEntropy(logits, 0);
      expect(Math.abs(loss - expected)).toBeLessThanOrEqual(2 * unitRoundoff * expected);
      expect(Math.abs(slope[0]! + slope[1]! + slope[2]!)).toBeLessThanOrEqual(4 * unitRoundoff);
    }
  });

  it('counts a label outside [0, K) as no class: neither the logit after the row nor the one before it', async () => {
    const rows = [
      [1, 2, 3],
      [5, 1, 1],
    ];
    const [loss, slope] = await runOn(
      ...(['wasm', 'NormlabSoftmaxCrossEntropy'] as const),
      {
        logits: { shape: [2, 3], values: Float32Array.from(rows.flat()) },
        labels: { shape: [2], values: Int32Array.of(3, -1) },
      },
      {},
    );
    const sums = rows.map((row) => {
      const largest = Math.max(...row);
      return row.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
    });
    const expected = (Math.log(sums[0]!) + Math.log(sums[1]!)) / 2;
    expect(Math.abs(loss!.values[0]! - expected)).toBeLessThanOrEqual(2 * unitRoundoff * expected);
    rows.flat().forEach((logit, at) => {
      const row = Math.floor(at / 3);
      const share = Math.exp(logit - Math.max(...rows[row]!)) / sums[row]! / 2;
      expect(Math.abs(slope!.values[at]! - share)).toBeLessThanOrEqual(2 * unitRoundoff * share);
    });
  });
});

describe('NormlabCountCorrect in a plain tfjs program', () => {
  it.each([
    ['the largest logit is that of the label', [1, 3, 2, 9, 8, 7], [1, 0], 2],
    ['another one is larger', [1, 3, 2, 9, 8, 7], [2, 1], 0],
    ['the first of equal ones counts', [5, 5, 1, 0, 4, 4], [0, 1], 2],
    ['not a later one', [5, 5, 1, 0, 4, 4], [1, 2], 0],
    ['logits are below 0', [-3, -1, -2, -9, -8, -7], [1, 2], 2],
    ['labels are outside the classes', [1, 2, 3, 3, 2, 1], [3, -1], 0],
    // As tfjs's argMax has it.
    ['a logit is NaN: none is larger than a first one', [Number.NaN, 1, 2, 0, Number.NaN, 1], [0, 2], 2],
  ])('where %s', async (_, logits, labels, expected) => {
    const inputs = {
      logits: { shape: [2, 3], values: Float32Array.from(logits) },
      labels: { shape: [2], values: Int32Array.from(labels) },
    };
    const [count] = await runOn('wasm', 'NormlabCountCorrect', inputs, {});
    expect(count).toEqual({ shape: [], values: Float32Array.of(expected) });
  });
});
