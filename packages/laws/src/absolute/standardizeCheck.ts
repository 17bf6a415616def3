import { standardize } from '@normlab/ops';
import { grads, type Tensor } from '@tensorflow/tfjs-core';
import { float32Roundoff } from '../bounds/roundoff.js';
import { exactly, type Tracked } from '../bounds/tracked.js';
import { trackStandardize } from '../bounds/trackStandardize.js';
import { trackStandardizeGradient } from '../bounds/trackStandardizeGradient.js';
import { type Verdict, worst } from '../judge.js';
import { readBack, toTensor } from '../tensors/transfer.js';
import { sizeOf, type Values } from '../values.js';
import type { AbsoluteCheck } from './absoluteCheck.js';
import { against } from './against.js';
import { dyadicValues } from './dyadicValues.js';

type Case = {
  readonly shape: readonly number[];
  readonly axes: readonly number[];
  readonly epsilon: number;
  /** Added to the values, whose standard deviation is 1.15. */
  readonly mean: number;
};

/**
 * The axes of batch, layer and instance norm, with channels that are multiples of four and others. The variances are
 * near 4/3, so that another ε changes a value by a relative Δε/2.7; slices have few values, so that the unbiased
 * variance changes a value by a relative 1/(2m).
 */
const cases: readonly Case[] = [
  { shape: [3, 4, 4, 5], axes: [0, 1, 2], epsilon: 1e-3, mean: 0 },
  { shape: [3, 4, 4, 8], axes: [0, 1, 2], epsilon: 1 / 64, mean: 100 },
  { shape: [2, 2], axes: [0], epsilon: 1e-5, mean: 0 },
  { shape: [64, 12], axes: [0], epsilon: 1e-5, mean: -3 },
  { shape: [3, 5, 4, 4], axes: [1, 2], epsilon: 1e-3, mean: 0 },
  { shape: [6, 20], axes: [1], epsilon: 1e-3, mean: 0 },
];

/** Bounds: from `trackStandardize` and `trackStandardizeGradient`. */
export const standardizeCheck: AbsoluteCheck = {
  id: 'absolute-standardize',
  title: 'y = (x − μ)/√(σ² + ε), dx = (δ − mean δ − y·mean(δy))/√(σ² + ε)',
  statement:
    'Standardizing, its mean, its biased variance and its gradient agree with float64, over the axes of batch, layer and instance norm.',
  async measure() {
    const verdicts: Verdict[] = [];
    for (const each of cases) verdicts.push(await judge(each));
    return worst(verdicts);
  },
};

async function judge({ shape, axes, epsilon, mean }: Case): Promise<Verdict> {
  const draw = dyadicValues(sizeOf(shape));
  const centred = draw(...shape);
  const x: Values = { data: centred.data.map((each) => each + mean), shape };
  const dy = draw(...shape);
  const actual = await readBack(() => {
    const f = (input: Tensor): Tensor => standardize(input, [...axes], { epsilon }).y;
    const [dx] = grads(f)([toTensor(x)], toTensor(dy));
    const { y, ...statistics } = standardize(toTensor(x), [...axes], { epsilon });
    return { y, mean: statistics.mean, variance: statistics.variance, dx: dx! };
  });
  // The trackers reduce all axes but the last, so each slice is arranged as a channel.
  const places = channelsLast(shape, axes);
  const norm = trackStandardize(rearranged(exactly(x), places), epsilon, float32Roundoff);
  const slope = trackStandardizeGradient(rearranged(exactly(dy), places), norm, float32Roundoff);
  const back = (values: Values): Values => ({
    data: Float32Array.from(places.order, (from) => values.data[from]!),
    shape: places.shape,
  });
  return worst([
    against(back(actual.y), norm.y),
    against(actual.mean, norm.mean),
    against(actual.variance, norm.variance),
    against(back(actual.dx), slope),
  ]);
}

type Places = {
  /** [values of a slice, slices] */
  readonly shape: readonly number[];
  /** Where the values of that shape are in the original. */
  readonly order: Int32Array;
};

function channelsLast(shape: readonly number[], axes: readonly number[]): Places {
  const reduced = sizeOf(axes.map((axis) => shape[axis]!));
  const slices = sizeOf(shape) / reduced;
  const order = new Int32Array(sizeOf(shape));
  for (let at = 0; at < order.length; at++) {
    let [rest, row, rows, slice, width] = [at, 0, 1, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const index = rest % shape[axis]!;
      rest = (rest - index) / shape[axis]!;
      if (axes.includes(axis)) {
        row += rows * index;
        rows *= shape[axis]!;
      } else {
        slice += width * index;
        width *= shape[axis]!;
      }
    }
    order[row * slices + slice] = at;
  }
  return { shape: [reduced, slices], order };
}

function rearranged({ value, error, size }: Tracked, { shape, order }: Places): Tracked {
  const pick = (values: Float64Array) => Float64Array.from(order, (from) => values[from]!);
  return { shape, value: pick(value), error: pick(error), size };
}
