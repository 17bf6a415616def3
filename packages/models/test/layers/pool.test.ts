import type { PoolSpec } from '@normlab/models';
import { inSoftware, leaked, normals, normalTensor, onBackends, unitRoundoff } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { pool as poolBy } from '../../src/layers/pool.js';
import * as ops from '../../src/tensorFunctions.js';

type Pool = Omit<PoolSpec, 'type' | 'name'>;

const pool = (x: tf.Tensor4D, options: Pool) => poolBy(ops, x, options);

const pools: readonly Pool[] = (['max', 'average'] as const).flatMap((kind) => [
  { kind, size: 3, stride: 2, padding: 'ceil' as const },
  { kind, size: 2, stride: 2, padding: 'ceil' as const },
  { kind, size: 3, stride: 2, padding: 'same' as const },
  { kind, size: 2, stride: 1, padding: 'same' as const },
  { kind, size: 3, stride: 2, padding: 'valid' as const },
]);

onBackends('pool', inSoftware, () => {
  it('averages only pixels inside: a window over the corner of a 4×4 ramp has one', () => {
    const ramp = tf.tensor4d(
      Float32Array.from({ length: 16 }, (_, i) => i + 1),
      [1, 4, 4, 1],
    );
    const mean = pool(ramp, { kind: 'average', size: 3, stride: 2, padding: 'ceil' });
    expect([...mean.dataSync()]).toEqual([6, 7.5, 12, 13.5]);
    const most = pool(tf.neg(ramp), { kind: 'max', size: 3, stride: 2, padding: 'ceil' });
    expect([...most.dataSync()]).toEqual([-1, -3, -9, -11]);
    tf.dispose([ramp, mean, most]);
  });

  describe.each(pools)('$kind $size/$stride $padding', (options) => {
    it.each(
      [
        [5, 8],
        [6, 7],
        [2, 3],
      ].filter((sizes) => options.padding !== 'valid' || Math.min(...sizes) >= 3),
    )('equals a naive float64 pool, and its gradient the naive gradient, at %i×%i', (height, width) => {
      const x = tf.sub<tf.Tensor4D>(normalTensor<tf.Rank.R4>([2, height!, width!, 3], 1), 3);
      const { values, gradient } = naive(x, options);
      const y = pool(x, options);
      // Sums of at most nine terms: nine roundings, relative to the largest of |x| < 8.
      const bound = 8 * 9 * unitRoundoff;
      expect(farthest(y.dataSync(), values)).toBeLessThan(bound);
      const weights = tf.tensor4d(normals(y.size, 2), y.shape);
      const dx = tf.grad((each) => tf.sum(tf.mul(pool(each as tf.Tensor4D, options), weights)))(x);
      // A pixel is in at most four windows here, |weights| < 4: four products and sums.
      expect(farthest(dx.dataSync(), gradient(weights.dataSync()))).toBeLessThan(4 * 8 * unitRoundoff);
      tf.dispose([x, y, weights, dx]);
    });
  });

  it('leaves no tensor behind', () => {
    const x = normalTensor<tf.Rank.R4>([1, 5, 5, 2], 1);
    for (const options of pools) expect(leaked(() => pool(x, options))).toBe(0);
    x.dispose();
  });
});

/** Every window one by one, and the gradient of Σ weights·y. */
function naive(x: tf.Tensor4D, { kind, size, stride, padding }: Pool) {
  const [batch, height, width, channels] = x.shape;
  const data = x.dataSync();
  const at = (n: number, row: number, column: number, channel: number) =>
    ((n * height + row) * width + column) * channels + channel;
  const [down, across] = [height, width].map((length) => {
    if (padding === 'valid') return { count: Math.floor((length - size) / stride) + 1, before: 0 };
    if (padding === 'same') {
      const count = Math.ceil(length / stride);
      return { count, before: Math.floor(Math.max(0, (count - 1) * stride + size - length) / 2) };
    }
    let count = 0;
    while (count * stride < length && (count === 0 || (count - 1) * stride + size < length)) count++;
    return { count, before: 0 };
  }) as [{ count: number; before: number }, { count: number; before: number }];
  const windows: { pixels: number[] }[] = [];
  for (let n = 0; n < batch; n++)
    for (let row = 0; row < down.count; row++)
      for (let column = 0; column < across.count; column++)
        for (let channel = 0; channel < channels; channel++) {
          const pixels: number[] = [];
          for (let i = 0; i < size; i++)
            for (let j = 0; j < size; j++) {
              const [y, z] = [row * stride - down.before + i, column * stride - across.before + j];
              if (y >= 0 && y < height && z >= 0 && z < width) pixels.push(at(n, y, z, channel));
            }
          windows.push({ pixels });
        }
  const values = windows.map(({ pixels }) => {
    const inside = pixels.map((index) => data[index]!);
    return kind === 'max' ? Math.max(...inside) : inside.reduce((a, b) => a + b) / inside.length;
  });
  const gradient = (weights: ArrayLike<number>) => {
    const dx = new Float64Array(data.length);
    windows.forEach(({ pixels }, index) => {
      const reached = kind === 'max' ? pixels.filter((each) => data[each] === values[index]) : pixels;
      for (const each of reached) dx[each]! += weights[index]! / reached.length;
    });
    return dx;
  };
  return { values, gradient };
}

function farthest(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return Math.max(...Array.from(expected, (value, index) => Math.abs(value - actual[index]!)));
}
