import { unitRoundoff, worstExcess } from '@normlab/testing';
import { cast, dispose, mean, sum, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { describeBeside } from '../support/backends.js';
import { magnitudes, normals, tensorOf } from '../support/tensors.js';

const cases: { shape: number[]; axes: number[] | undefined; keepDims: boolean }[] = [
  { shape: [40, 30], axes: [0], keepDims: false },
  { shape: [40, 31], axes: [-1], keepDims: true },
  { shape: [3, 9, 8, 12], axes: [0, 1, 2], keepDims: false },
  { shape: [8, 40, 40, 3], axes: [0, 1, 2], keepDims: true },
  { shape: [5, 12, 4, 6], axes: [1, 2], keepDims: false },
  { shape: [5, 12, 4, 6], axes: [0, 2], keepDims: true },
  { shape: [4097, 3], axes: [0], keepDims: false },
  { shape: [3, 5003, 4], axes: [1], keepDims: true },
  { shape: [7, 11, 13], axes: undefined, keepDims: false },
];

await describeBeside('webgpu', {}, (compute) => {
  describe.each(cases)('Σ of $shape over $axes, keepDims $keepDims', ({ shape, axes, keepDims }) => {
    it('sum and mean agree', async () => {
      const x = normals(8, ...shape);
      const run = (from: typeof x) => () =>
        read(() => [sum(tensorOf(from), axes, keepDims), mean(tensorOf(from), axes, keepDims)]);
      const reference = await compute('cpu', run(x));
      const size = await compute('cpu', run(magnitudes(x)));
      const ours = await compute('webgpu', run(x));
      for (const index of [0, 1]) {
        expect(ours[index]!.shape).toEqual(reference[index]!.shape);
        // n additions in any order have an error of at most γ(n) Σ|x|, on either backend; one more for the division.
        const n = x.data.length / size[0]!.values.length;
        const bound = (at: number) => 2 * (n + 1) * unitRoundoff * size[index]!.values[at]!;
        expect(worstExcess(ours[index]!.values, reference[index]!.values, bound)).toBeLessThanOrEqual(1);
      }
    });
  });

  it('Σ of integers that were cast to floats, whose memory still contains integers', async () => {
    const [total] = await compute('webgpu', () =>
      read(() => [sum(cast(tensor([...Array(2000).keys()], [2000], 'int32'), 'float32'))]),
    );
    expect(total!.values[0]).toBe(1_999_000);
  });
});

async function read(make: () => Tensor[]) {
  const tensors = tidy(make);
  const results = await Promise.all(
    tensors.map(async (each) => ({ shape: each.shape, values: await each.data() })),
  );
  dispose(tensors);
  return results;
}
