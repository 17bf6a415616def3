import { registerWasmKernels } from '@normlab/wasm-kernels';
import { memory, setBackend, stridedSlice, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import './support/bothBackends.js';

let close: () => Promise<void>;
beforeAll(async () => {
  await setBackend('wasm');
  ({ close } = await registerWasmKernels());
});
afterAll(() => close());

/** The masks of `stridedSlice` after its strides. */
type Masks = readonly [begin?: number, end?: number, ellipsis?: number, newAxis?: number, shrink?: number];

const boxes: readonly [string, number[], number[], number[], number[], Masks][] = [
  ['every second', [7], [0], [7], [2], []],
  ['backwards', [7], [6], [0], [-1], []],
  ['backwards to the first', [7], [-1], [0], [-3], [1, 1]],
  ['of both axes', [5, 6], [1, 5], [5, 0], [2, -2], []],
  ['with a new axis', [4, 6], [0, 0, 1], [4, 1, 6], [2, 1, 3], [0, 0, 0, 2]],
  ['of the last axis only', [2, 3, 6], [0, 5], [0, 0], [1, -2], [0, 0, 1]],
  ['of nothing', [6], [4], [4], [2], []],
];

describe.each(['int32', 'bool', 'float32'] as const)('stridedSlice of %s on wasm = on cpu', (dtype) => {
  it.each(boxes)('%s', async (_, shape, begin, end, strides, masks) => {
    const size = shape.reduce((all, each) => all * each, 1);
    // Integers that no float32 has.
    const values = Array.from({ length: size }, (_, i) =>
      dtype === 'int32' ? 2 ** 30 + i : ((i * i) % 3) % 2,
    );
    const on = async (backend: string) => {
      await setBackend(backend);
      const y = tidy(() =>
        stridedSlice(tensor(values, shape, dtype) as Tensor, begin, end, strides, ...masks),
      );
      const read = { shape: y.shape, dtype: y.dtype, values: [...(await y.data())] };
      y.dispose();
      return read;
    };
    const before = memory().numTensors;
    expect(await on('wasm')).toEqual(await on('cpu'));
    expect(memory().numTensors).toBe(before);
  });

  it('without an axis, of which tfjs’s cpu backend has no result', async () => {
    await setBackend('wasm');
    const values = Array.from({ length: 60 }, (_, i) => (dtype === 'bool' ? ((i * i) % 3) % 2 : i));
    const x = tensor(values, [4, 3, 5], dtype);
    const y = stridedSlice(x, [0, 1, 4], [4, 2, 0], [3, 1, -1], 0, 0, 0, 0, 2);
    const expected = [0, 3].flatMap((row) => [4, 3, 2, 1].map((column) => values[row * 15 + 5 + column]));
    expect([y.shape, y.dtype, [...(await y.data())]]).toEqual([[2, 4], dtype, expected]);
    x.dispose();
    y.dispose();
  });
});
