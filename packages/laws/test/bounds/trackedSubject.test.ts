import { describe, expect, it } from 'vitest';
import { exactly, type Tracked } from '../../src/bounds/tracked.js';
import { trackedSubject } from '../../src/bounds/trackedSubject.js';
import { parameterShapes } from '../../src/network.js';
import type { OperationName } from '../../src/subject.js';
import { isValues, mapRecord, mapTree, type Values } from '../../src/values.js';
import { plainSubject } from '../plain/plainSubject.js';
import { drawn } from './offBy.js';

const values = (name: string, shape: number[], mean = 0): Values => {
  const { value } = drawn(name, shape, mean);
  return { data: value, shape };
};

const x = values('x', [2, 2, 4, 3], 1);
const dy = values('dy', [2, 2, 4, 3]);
const affine = { scale: values('scale', [3]), offset: values('offset', [3]) };
const statistics = { mean: values('mean', [3]), variance: values('variance', [3], 8) };
const [kernel, bias] = [values('kernel', [3, 3, 3, 3]), values('bias', [3])];
const network = {
  input: [4, 6, 2] as const,
  channels: [3, 2],
  classes: 3,
  activation: 'relu' as const,
  epsilon: 0.1,
};
const params = mapRecord(parameterShapes(network), (shape, path) => values(path, [...shape]));
const gradients = mapRecord(params, ({ shape }, path) => values(`d${path}`, [...shape]));
const batch = { images: values('images', [4, 4, 6, 2]), labels: [2, 0, 1, 0] };
const sgd = { learningRate: 0.5, weightDecay: 0.25, momentum: 0.75 };

/** The arguments of every operation. */
const calls: Readonly<Record<OperationName, readonly (readonly unknown[])[]>> = {
  standardize: [[x, 0.1]],
  standardizeGradient: [[x, dy, 0.1]],
  statistics: [[x]],
  normalizedLayer: [[x, kernel, bias, 0.1]],
  normalizedLayerGradient: [[x, kernel, bias, dy, 0.1]],
  batchNorm: [[x, affine, 0.1]],
  batchNormGradient: [[x, affine, dy, 0.1]],
  moveStatistics: [[x, statistics, 0.75]],
  statisticsGradient: [[x, statistics, 0.75]],
  batchNormInfer: [[x, affine, statistics, 0.1]],
  linear: [[x, values('matrix', [3, 5]), values('b', [5])]],
  fold: [[kernel, bias, affine, statistics, 0.1]],
  activatedLayer: (['relu', 'prelu', 'maxPool', 'tanh'] as const).map((f) => [x, affine, f, kernel, 0.1]),
  reluHeadLoss: [[x, [2, 0], 0.1]],
  tanhHeadLoss: [[x, [2, 0]]],
  lossAndGradients: [
    [network, params, batch],
    [{ ...network, activation: 'tanh' }, params, batch],
  ],
  logits: [
    [network, params, batch.images],
    [{ ...network, activation: 'tanh' }, params, batch.images],
  ],
  sgdStep: [[{ params, velocity: gradients }, mapRecord(params, (each) => each), sgd]],
};

describe('each operation computes the same as the float64 twin, exactly but for float64’s roundings', () => {
  const twin = plainSubject({ unitRoundoff: 2 ** -50 });
  const cases = Object.entries(calls).flatMap(([name, all]) =>
    all.map((args, i) => [name as OperationName, i, args] as const),
  );

  it.each(cases)('%s, case %d', async (name, _, args) => {
    const tracked = trackedSubject({ unitRoundoff: 2 ** -50 });
    const expected: unknown = await Reflect.apply(twin[name], twin, args);
    const forTracked = args.map((arg) => mapTree(arg, isValues, exactly));
    const actual: unknown = Reflect.apply(tracked[name], tracked, forTracked);
    expectSame(actual, expected, name);
  });
});

function expectSame(actual: unknown, expected: unknown, path: string): void {
  const found = actual as Tracked;
  const wanted = typeof expected === 'number' ? { data: [expected], shape: [] } : expected;
  if (typeof wanted !== 'object' || wanted === null || !('data' in wanted)) {
    expect(Object.keys(found), path).toEqual(Object.keys(wanted as object));
    for (const [key, each] of Object.entries(wanted as object))
      expectSame(Reflect.get(found, key), each, `${path}/${key}`);
    return;
  }
  const { data, shape } = wanted as Values;
  expect(found.shape, path).toEqual(shape);
  expect(found.value.length, path).toBe(data.length);
  const size = Math.max(1, ...Array.from(data, Math.abs));
  for (const [i, each] of data.entries()) {
    const off = Math.abs(found.value[i]! - each);
    expect(off, path).toBeLessThan(1e-11 * size);
    // The bounds are those of float64: far below the values, and never below the difference of the two.
    expect(found.error[i], path).toBeLessThan(1e-8 * size);
    expect(off, path).toBeLessThanOrEqual(found.error[i]!);
  }
}
