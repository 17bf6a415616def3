import { type OpenBackend, openBackend } from '@normlab/backends';
import { memory, randomUniform, scalar, type Tensor, tensor1d, tidy, zeros } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { totalOf } from '../src/totalOf.js';

describe.each(['cpu', 'wasm'] as const)('totalOf on %s', (name) => {
  let backend: OpenBackend;
  beforeAll(async () => {
    backend = await openBackend(name);
  });
  afterAll(() => backend.close());

  const totalOfAll = (make: () => Tensor[]): number => tidy(() => totalOf(make()).dataSync()[0]!);

  it('is the sum of all entries of all tensors', () => {
    const make = () => [tensor1d([1, 2, 3, 4, 5]), scalar(-0.5), zeros([3, 0]), tensor1d([1e6])];
    expect(totalOfAll(make)).toBe(1_000_014.5);
  });

  it('adds more tensors than a shader may bind, in the given order', () => {
    for (const count of [1, 2, 7, 8, 13, 14, 100]) {
      const make = () => Array.from({ length: count }, (_, i) => scalar(i + 1));
      expect(totalOfAll(make)).toBe((count * (count + 1)) / 2);
    }
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'is not finite if an entry is %f',
    (value) => {
      for (let place = 0; place < 7; place++) {
        const values = new Float32Array(7).fill(1);
        values[place] = value;
        expect(Number.isFinite(totalOfAll(() => [zeros([3]), tensor1d(values)]))).toBe(false);
      }
      expect(
        totalOfAll(() => [tensor1d([Number.POSITIVE_INFINITY]), tensor1d([Number.NEGATIVE_INFINITY])]),
      ).toBeNaN();
    },
  );

  it('gives one tensor', () => {
    const tensors = [randomUniform([9]), randomUniform([2, 3])];
    const before = memory().numTensors;
    const total = totalOf(tensors);
    expect(memory().numTensors).toBe(before + 1);
    for (const each of [total, ...tensors]) each.dispose();
  });
});
