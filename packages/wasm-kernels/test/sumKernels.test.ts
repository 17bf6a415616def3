import { unitRoundoff } from '@normlab/testing';
import { registerWasmKernels } from '@normlab/wasm-kernels';
import { setBackend } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomValues, runOn } from './support/bothBackends.js';

let close: () => Promise<void>;
beforeAll(async () => {
  await setBackend('wasm');
  ({ close } = await registerWasmKernels());
});
afterAll(() => close());

describe('NormlabTotal', () => {
  it.each([[[[1]]], [[[5], [3, 7], [2, 2, 3]]], [[[40_003], [1], [17, 33]]]])(
    'is the sum of all entries of tensors of shapes %j',
    async (shapes) => {
      const tensors = shapes.map((shape, i) => randomValues(shape, 50 + i));
      const [total] = await runOn('wasm', 'NormlabTotal', Object.fromEntries(tensors.entries()), {});
      const entries = tensors.flatMap(({ values }) => [...values]);
      const sum = entries.reduce((all, entry) => all + entry, 0);
      const magnitude = entries.reduce((all, entry) => all + Math.abs(entry), 0);
      // Both sums are float64, in any order; the result is rounded to float32 once.
      const bound = unitRoundoff * Math.abs(sum) + 2 * entries.length * 2 ** -53 * magnitude;
      expect(total!.shape).toEqual([]);
      expect(Math.abs(total!.values[0]! - sum)).toBeLessThanOrEqual(bound);
    },
  );
});
