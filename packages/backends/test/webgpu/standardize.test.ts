import { standardize } from '@normlab/ops';
import { twins, unitRoundoff, worstExcess } from '@normlab/testing';
import { dispose, getKernel, grad, memory, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { describeBeside } from '../support/backends.js';
import { longestChain } from '../support/longestChain.js';
import { runKernel } from '../support/runKernel.js';
import { normals, tensorOf, type Values } from '../support/tensors.js';

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
  { shape: [50, 1], axes: [0], epsilon: 1e-5 },
  { shape: [7, 29, 23, 1], axes: [0, 1, 2], epsilon: 1e-5 },
  { shape: [3, 4097, 5], axes: [1], epsilon: 1e-5, mean: 1e4 },
];

await describeBeside('webgpu', {}, (compute) => {
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
        // The float64 y and σ², so that the sums with them have only their own errors.
        const inputs = {
          dy,
          y: floats(shape, twin.y),
          variance: floats(twin.keptShape, twin.variance),
        };
        const [, meanOfDy, slope] = await runKernel('NormlabStandardizeGrad', inputs, { axes, epsilon });
        return {
          y: y!,
          mean: m!,
          variance: variance!,
          dx: dx!,
          meanOfDy: meanOfDy!.data,
          meanOfDyTimesY: slope!.data,
        };
      });
      // The tree adds chains of c numbers, and a node's merge has three roundings per child: the error of a mean of terms t is at most c · u · mean|t|. The terms x − x₀
      // are at most D standard deviations, so each distance to the mean has an error of (c + 3) · D · u. The variance,
      // 2c additions of squares, has a relative error of (2c + 2(c + 3) · D) · u; that of y is half of it.
      const chain = 3 * (longestChain(twin.reduced) + 3);
      const spread = twin.spread;
      const variances = (2 * chain + 2 * (chain + 3) * spread) * unitRoundoff;
      const relative = (chain + 3) * spread * unitRoundoff + variances;
      const bounds = {
        y: (i: number) => relative * (1 + Math.abs(twin.y[i]!)),
        mean: (i: number) =>
          unitRoundoff * Math.abs(twin.mean[i]!) +
          (chain + 3) * spread * unitRoundoff * Math.sqrt(twin.variance[i]!),
        variance: (i: number) => variances * twin.variance[i]!,
        // dx contains y twice, and two means of numbers up to S = max|dy − dy₀| and S · D, divided by σ.
        dx: (i: number) => relative * twin.slope * (4 + 2 * spread) * twin.inverse[i]!,
        // Sums of terms up to S and S · D, and the rounding of y to float32.
        meanOfDy: (i: number) =>
          unitRoundoff * Math.abs(twin.meanOfDy[i]!) + (chain + 3) * twin.slope * unitRoundoff,
        meanOfDyTimesY: () =>
          (chain + 4) * twin.slope * spread * unitRoundoff + unitRoundoff * twin.slope * spread,
      };
      for (const which of ['y', 'mean', 'variance', 'dx', 'meanOfDy', 'meanOfDyTimesY'] as const) {
        expect(worstExcess(ours[which], twin[which], bounds[which]), which).toBeLessThanOrEqual(1);
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

function floats(shape: readonly number[], values: ArrayLike<number>): Values {
  return { shape, data: Float32Array.from(values) };
}

/** The same in float64, and what the bounds need: the sets' size, and the largest distances to their first entries. */
function inFloat64(x: Values, dy: Values, axes: number[], epsilon: number) {
  const numbers = ({ shape, data }: Values) => ({ shape, values: data });
  const { y, mean, variance } = twins.standardize(numbers(x), axes, epsilon);
  const { dx, mean: meanOfDy, slope } = twins.standardizeGradient(numbers(dy), y, variance, axes, epsilon);
  const sets = twins.setsOf(x.shape, axes);
  const firsts = Array.from(mean.values, (_, set) => sets.indexOf(set));
  const largest = (distanceAt: (index: number, first: number, set: number) => number) =>
    sets.reduce((most, set, index) => Math.max(most, distanceAt(index, firsts[set]!, set)), 0);
  return {
    ...{ y: y.values, dx: dx.values, mean: mean.values, variance: variance.values },
    ...{ meanOfDy: meanOfDy.values, meanOfDyTimesY: slope.values, keptShape: mean.shape },
    inverse: sets.map((set) => 1 / Math.sqrt(variance.values[set]! + epsilon)),
    reduced: x.data.length / mean.values.length,
    spread: largest(
      (index, first, set) => Math.abs(x.data[index]! - x.data[first]!) / Math.sqrt(variance.values[set]!),
    ),
    slope: largest((index, first) => Math.abs(dy.data[index]! - dy.data[first]!)),
  };
}
