import { expect } from 'vitest';
import { hasSameBits, runOn, type Values } from './bothBackends.js';

/**
 * Holds `FusedConv2D` on wasm to the convolution, whose sums other tests check, followed by a bias and a ReLU in float32:
 * with both, with one of them, and with neither.
 */
export async function expectFused(x: Values, filter: Values, bias: Values, attrs: object): Promise<void> {
  const [{ shape, values }] = (await runOn('wasm', 'Conv2D', { x, filter }, { ...attrs })) as [Values];
  const channels = bias.values.length;
  for (const activation of ['linear', 'relu']) {
    for (const added of [bias, undefined]) {
      const inputs = added === undefined ? { x, filter } : { x, filter, bias: added };
      const [actual] = await runOn('wasm', 'FusedConv2D', inputs, { ...attrs, activation });
      const expected = Float32Array.from(values, (value, at) => {
        const sum = added === undefined ? value : Math.fround(value + added.values[at % channels]!);
        return activation === 'relu' ? Math.max(sum, 0) : sum;
      });
      expect(hasSameBits(actual, { shape, values: expected }), `${activation}, ${added && 'bias'}`).toBe(
        true,
      );
    }
  }
}
