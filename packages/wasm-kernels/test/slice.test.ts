import '@tensorflow/tfjs-backend-wasm';
import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import { setBackend } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomValues, runOn } from './support/bothBackends.js';

let kernels: WasmKernels;

beforeAll(async () => {
  await setBackend('wasm');
  kernels = await registerWasmKernels();
});

afterAll(() => kernels.close());

describe('Slice', () => {
  it('wasm = cpu for any box of any tensor', async () => {
    const axis = fc
      .integer({ min: 1, max: 7 })
      .chain((length) =>
        fc
          .tuple(fc.constant(length), fc.nat({ max: length - 1 }))
          .chain(([length, begin]) =>
            fc.tuple(fc.constant(length), fc.constant(begin), fc.integer({ min: 1, max: length - begin })),
          ),
      );
    await fc.assert(
      fc.asyncProperty(fc.array(axis, { minLength: 1, maxLength: 5 }), async (axes) => {
        const x = randomValues(
          axes.map(([length]) => length),
          1,
        );
        const attrs = { begin: axes.map(([, begin]) => begin), size: axes.map(([, , size]) => size) };
        const [actual] = await runOn('wasm', 'Slice', { x }, attrs);
        const [expected] = await runOn('cpu', 'Slice', { x }, attrs);
        expect(actual).toEqual(expected);
      }),
      { numRuns: 100, seed: 3 },
    );
  });

  it.each([
    { begin: [1, 1, 1, 1], size: [2, 2, 2, 2] },
    { begin: [0, 0, 0, 0], size: [4, 3, 0, 2] },
    { begin: [1, 0, 0, 0], size: [2, 3, 5, 6] },
    { begin: [3, 2, 4, 5], size: [1, 1, 1, 1] },
  ])('wasm = cpu: $size of [4, 3, 5, 6] from $begin', async (attrs) => {
    const x = randomValues([4, 3, 5, 6], 2);
    const [actual] = await runOn('wasm', 'Slice', { x }, attrs);
    const [expected] = await runOn('cpu', 'Slice', { x }, attrs);
    expect(actual).toEqual(expected);
  });

  it('copies long runs, and integers', async () => {
    const x = { shape: [3, 40, 30], values: Int32Array.from({ length: 3600 }, (_, i) => i * 1_000_003) };
    const attrs = { begin: [1, 2, 0], size: [2, 30, 30] };
    const [actual] = await runOn('wasm', 'Slice', { x }, attrs);
    const [expected] = await runOn('cpu', 'Slice', { x }, attrs);
    expect(actual).toEqual(expected);
  });

  it.each([
    { shape: [4], begin: [2], size: [5] },
    { shape: [4], begin: [2 ** 29], size: [4] },
    { shape: [2, 2], begin: [0, 1], size: [2, 2] },
    { shape: [4, 3, 5], begin: [3, 0, 2], size: [1, 4, 2] },
    { shape: [4, 3], begin: [Number.NaN, 0], size: [1, 3] },
  ])('of what is not in the tensor is refused as on cpu: $size of $shape from $begin', async (box) => {
    const { shape, begin, size } = box;
    const inputs = { x: randomValues(shape, 1) };
    const refused = await runOn('cpu', 'Slice', inputs, { begin, size }).catch(({ message }) => message);
    expect(refused).toMatch('would overflow');
    await expect(runOn('wasm', 'Slice', inputs, { begin, size })).rejects.toThrow(refused);
  });

  it('of a beginning before the tensor, or between entries, is refused', async () => {
    const inputs = { x: randomValues([4, 3], 1) };
    const slice = (begin: number[], size: number[]) => runOn('wasm', 'Slice', inputs, { begin, size });
    await expect(slice([-3, 0], [2, 3])).rejects.toThrowErrorMatchingInlineSnapshot(
      `[BackendError: slice: begin must hold integers from 0 on, got [-3,0].]`,
    );
    await expect(slice([0, -3], [1, 3])).rejects.toThrow('begin must');
    await expect(slice([0.5, 0], [2, 3])).rejects.toThrow('begin must');
    await expect(slice([0, 0], [1.5, 3])).rejects.toThrow('size must');
  });
});
