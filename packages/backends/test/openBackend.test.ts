import { type OpenBackend, openBackend } from '@normlab/backends';
import { conv2d, findBackendFactory, getBackend, grads, type Tensor4D, tensor } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';

const open: OpenBackend[] = [];
afterEach(async () => {
  for (const backend of open.splice(0).reverse()) await backend.close();
});

describe.each(['cpu', 'wasm'] as const)('openBackend(%s)', (name) => {
  it('makes it active, with gradients; close() takes it away; it opens again', async () => {
    for (let round = 0; round < 2; round++) {
      const backend = await openBackend(name);
      open.push(backend);
      expect(getBackend()).toBe(name);
      const x = tensor([1, 2, 3, 4], [1, 2, 2, 1]);
      const w = tensor([1, 0.5, -1, 2], [2, 2, 1, 1]);
      const [dx, dw] = grads((a, b) => conv2d(a as Tensor4D, b as Tensor4D, 1, 'valid'))([x, w]);
      expect([...(await dx!.data())]).toEqual([1, 0.5, -1, 2]);
      expect([...(await dw!.data())]).toEqual([1, 2, 3, 4]);
      await backend.close();
      expect(findBackendFactory(name)).toBeNull();
    }
  });
});
