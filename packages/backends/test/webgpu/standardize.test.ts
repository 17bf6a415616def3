import { standardize } from '@normlab/ops';
import { dispose, getKernel, grad, memory, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { describeBeside } from '../support/backends.js';
import { normals, tensorOf, type Values, worstRatio } from '../support/tensors.js';

const unit = 2 ** -24;

const cases: { shape: number[]; axes: number[]; epsilon: number; mean?: number; slope?: number }[] = [
  { shape: [5, 4], axes: [0], epsilon: 1e-5 },
  { shape: [2, 3, 3, 8], axes: [0, 1, 2], epsilon: 0 },
  { shape: [2, 7, 5, 3], axes: [0, 1, 2], epsilon: 1e-1 },
  { shape: [9, 24, 24, 4], axes: [0, 1, 2], epsilon: 1e-5 },
  { shape: [4, 9, 9, 8], axes: [0, 1, 2], epsilon: 1e-5, mean: 1e4 },
  { shape: [3, 9, 9, 8], axes: [0, 1, 2], epsilon: 1e-5, slope: 1e6 },
  { shape: [3, 4, 5, 6], axes: [1, 2], epsilon: 1e-5 },
  { shape: [3, 4, 4, 8], axes: [1, 2, 3], epsilon: 1e-5 },
  { shape: [2, 4, 4, 2, 3], axes: [1, 2, 4], epsilon: 1e-5 },
  { shape: [2, 3, 4], axes: [0, 2], epsilon: 1e-3 },
];

describeBeside('webgpu', {}, (compute) => {
  describe.each(cases)('standardize $shape over $axes, mean $mean, slope $slope, ε = $epsilon', (given) => {
    const { shape, axes, epsilon, mean = 0, slope = 0 } = given;
    const noise = normals(4, ...shape);
    const x: Values = { shape, data: noise.data.map((value) => value + mean) };
    const slopes = normals(5, ...shape);
    const dy: Values = { shape, data: slopes.data.map((value) => value + slope) };
    const twin = inFloat64(x, dy, axes, epsilon);

    it('y, mean, variance and dx agree with float64', async () => {
      const ours = await compute('webgpu', async () => {
        expect(getKernel('NormlabStandardize', 'webgpu')).toBeDefined();
        expect(getKernel('NormlabStandardizeGrad', 'webgpu')).toBeDefined();
        const results = tidy((): Tensor[] => {
          const input = tensorOf(x);
          const { y, mean: m, variance } = standardize(input, axes, { epsilon });
          return [y, m, variance, grad((a) => standardize(a, axes, { epsilon }).y)(input, tensorOf(dy))];
        });
        const [y, m, variance, dx] = await Promise.all(results.map((each) => each.data()));
        dispose(results);
        return { y: y!, mean: m!, variance: variance!, dx: dx! };
      });
      // The tree adds chains of c numbers: the error of a mean of terms t is at most c · u · mean|t|. The terms x − x₀
      // are at most D standard deviations, so each distance to the mean has an error of (c + 3) · D · u. The variance,
      // 2c additions of squares, has a relative error of (2c + 2(c + 3) · D) · u; that of y is half of it.
      const chain = 3 * (Math.max(8, Math.ceil(Math.sqrt(twin.reduced))) + 3);
      const spread = twin.spread;
      const variances = (2 * chain + 2 * (chain + 3) * spread) * unit;
      const relative = (chain + 3) * spread * unit + variances;
      const bounds = {
        y: (i: number) => relative * (1 + Math.abs(twin.y[i]!)),
        mean: (i: number) =>
          unit * Math.abs(twin.mean[i]!) + (chain + 3) * spread * unit * Math.sqrt(twin.variance[i]!),
        variance: (i: number) => variances * twin.variance[i]!,
        // dx contains y twice, and two means of numbers up to S = max|dy − dy₀| and S · D, divided by σ.
        dx: (i: number) => relative * twin.slope * (4 + 2 * spread) * twin.inverse[i]!,
      };
      for (const which of ['y', 'mean', 'variance', 'dx'] as const) {
        expect(worstRatio(ours[which], twin[which], bounds[which]), which).toBeLessThanOrEqual(1);
      }
    });
  });

  it('leaks no tensor and no memory', async () => {
    await compute('webgpu', async () => {
      const run = async () => {
        const dx = tidy(() => grad((x) => standardize(x, [1, 2, 4]).y)(tensorOf(normals(6, 2, 4, 4, 2, 3))));
        await dx.data();
        dx.dispose();
      };
      await run();
      const before = memory();
      for (let i = 0; i < 5; i++) await run();
      expect(memory().numTensors).toBe(before.numTensors);
      expect(memory().numDataBuffers).toBe(before.numDataBuffers);
      expect(memory()).toMatchObject({ numBytesInGPU: Reflect.get(before, 'numBytesInGPU') });
    });
  });
});

/** The same by definition, in float64, slice by slice. */
function inFloat64({ shape, data: x }: Values, { data: dy }: Values, axes: number[], epsilon: number) {
  const slices = new Map<string, number[]>();
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  x.forEach((_, index) => {
    const place = shape.map((size, axis) => {
      const after = shape.slice(axis + 1).reduce((all, each) => all * each, 1);
      return Math.floor(index / after) % size;
    });
    const name = kept.map((axis) => place[axis]).join();
    slices.set(name, [...(slices.get(name) ?? []), index]);
  });
  const result = {
    y: new Float64Array(x.length),
    dx: new Float64Array(x.length),
    inverse: new Float64Array(x.length),
    mean: [] as number[],
    variance: [] as number[],
    reduced: 0,
    spread: 0,
    slope: 0,
  };
  // A map iterates in the order of insertion, which is the order of the kept axes.
  for (const indices of slices.values()) {
    const n = indices.length;
    const average = (f: (index: number) => number) => indices.reduce((all, index) => all + f(index), 0) / n;
    const mean = average((index) => x[index]!);
    const variance = average((index) => (x[index]! - mean) ** 2);
    const inverse = 1 / Math.sqrt(variance + epsilon);
    const y = (index: number) => (x[index]! - mean) * inverse;
    const meanSlope = average((index) => dy[index]!);
    const meanProduct = average((index) => dy[index]! * y(index));
    for (const index of indices) {
      result.y[index] = y(index);
      result.dx[index] = (dy[index]! - meanSlope - y(index) * meanProduct) * inverse;
      result.inverse[index] = inverse;
      const shifted = Math.abs(x[index]! - x[indices[0]!]!) / Math.sqrt(variance);
      result.spread = Math.max(result.spread, shifted);
      result.slope = Math.max(result.slope, Math.abs(dy[index]! - dy[indices[0]!]!));
    }
    result.mean.push(mean);
    result.variance.push(variance);
    result.reduced = n;
  }
  return result;
}
