import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { addN, backend, cast, dispose, fill, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describeBeside } from '../support/backends.js';

await describeBeside('webgpu', {}, (compute) => {
  it('adds more tensors than a shader may read, and leaks no intermediate sum', async () => {
    const result = await compute('webgpu', async () => {
      const { maxStorageBuffersPerShaderStage: most } = (backend() as WebGPUBackend).device.limits;
      const counts = [2, most - 1, most, 2 * most - 3, 2 * most - 2, 5 * most];
      const rows: { got: readonly number[]; expected: readonly number[]; kept: number }[] = [];
      for (const count of counts) {
        const terms = tidy(() =>
          Array.from(
            { length: count },
            (_, i): Tensor =>
              // After the cast, the memory still contains integers.
              i % 2 === 0 ? fill([2, 3], i, 'float32') : cast(fill([2, 3], i, 'int32'), 'float32'),
          ),
        );
        const before = backend().numDataIds();
        const total = addN(terms);
        rows.push({
          got: [...(await total.data())],
          expected: Array(6).fill((count * (count - 1)) / 2),
          kept: backend().numDataIds() - before - 1,
        });
        dispose([terms, total]);
      }
      return rows;
    });
    for (const { got, expected, kept } of result) {
      expect(got).toEqual(expected);
      expect(kept).toBe(0);
    }
  });
});
