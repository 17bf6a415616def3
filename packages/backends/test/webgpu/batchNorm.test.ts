import { twins, unitRoundoff, worstExcess } from '@normlab/testing';
import { normals as normalNumbers } from '@normlab/testing/numbers';
import { dispose, engine, getKernel, memory, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { describeBeside } from '../support/backends.js';
import { longestChain } from '../support/longestChain.js';
import { runKernel } from '../support/runKernel.js';
import { normals, tensorOf, type Values } from '../support/tensors.js';

const u = unitRoundoff;
/** Large enough that leaving it out exceeds the bounds. */
const epsilon = 0.1;
const decay = 0.75;

type Layer = {
  readonly shape: number[];
  readonly isScaled: boolean;
  readonly isOffset: boolean;
  readonly activation: 'identity' | 'relu';
  readonly mean?: number;
};

/** Few and many rows, one channel, odd numbers of channels and whole vectors of four. */
const shapes = [
  [6, 3],
  [5, 4],
  [2, 5, 7, 10],
  [3, 9, 1, 97],
  [1, 9, 9, 1],
  [5, 31, 29, 8],
  [4099, 1],
  [2, 3, 2, 3, 5],
];
const forms = [
  { isScaled: true, isOffset: true, activation: 'relu' },
  { isScaled: false, isOffset: false, activation: 'relu' },
  { isScaled: true, isOffset: true, activation: 'identity' },
  { isScaled: true, isOffset: false, activation: 'identity' },
  { isScaled: false, isOffset: true, activation: 'identity' },
  { isScaled: false, isOffset: false, activation: 'identity' },
] as const;
const layers: Layer[] = [
  ...shapes.flatMap((shape) => forms.map((form) => ({ shape, ...form }))),
  { shape: [400, 10], isScaled: true, isOffset: true, activation: 'relu', mean: 1e4 },
];

await describeBeside('webgpu', {}, (compute) => {
  describe.each(layers)(
    'batch norm of $shape, γ $isScaled, β $isOffset, $activation, mean $mean',
    (layer) => {
      it('and its gradient agree with float64', async () => {
        const inputs = inputsOf(layer);
        const { activation } = layer;
        const twin = twins.fusedBatchNorm(numbers(inputs), { epsilon, decay, activation });
        const bounds = boundsOf(layer, inputs, twin);
        const dy = upstreamOf(layer, bounds);
        const [forward, backward] = await compute('webgpu', async () => {
          expect(getKernel('NormlabBatchNorm', 'webgpu')).toBeDefined();
          const forward = await runKernel('NormlabBatchNorm', inputs, { epsilon, decay, activation });
          const [, , , kept, table] = forward;
          const attrs = { epsilon, activation };
          return [forward, await runKernel('NormlabBatchNormGrad', { dy, kept, table }, attrs)];
        });
        const gradient = twins.fusedBatchNormGradient({ shape: dy.shape, values: dy.data }, numbers(inputs), {
          epsilon,
          activation,
        });
        const [y, mean, variance] = forward as [Values, Values, Values];
        const [dx, dScale, dOffset] = backward as [Values, Values, Values];
        expect([y, mean, dx, dScale].map(({ shape }) => shape)).toEqual([
          layer.shape,
          inputs.mean.shape,
          layer.shape,
          inputs.mean.shape,
        ]);
        for (const [name, actual, expected, bound] of [
          ['y', y, twin.y, bounds.y],
          ['running mean', mean, twin.moved.mean, bounds.mean],
          ['running variance', variance, twin.moved.variance, bounds.variance],
          ['dx', dx, gradient.dx, bounds.dx],
          ['dscale', dScale, gradient.dScale, bounds.dScale],
          ['doffset', dOffset, gradient.dOffset, bounds.dOffset],
        ] as const) {
          expect(worstExcess(actual.data, expected, bound), name).toBeLessThanOrEqual(1);
        }
      });
    },
  );

  it('at ε = 0 a channel that does not vary gives a gradient of its bias', async () => {
    const constant = { shape: [5, 1], data: new Float32Array(5).fill(0.1) };
    const one = { shape: [1], data: Float32Array.of(1) };
    const dy = { shape: [5, 1], data: Float32Array.of(1, 2, 3, 4, 5) };
    const [, , dOffset] = await compute('webgpu', async () => {
      const attrs = { epsilon: 0, activation: 'identity' };
      const inputs = { x: constant, mean: one, variance: one, scale: one };
      const [, , , kept, table] = await runKernel('NormlabBatchNorm', inputs, { ...attrs, decay });
      return runKernel('NormlabBatchNormGrad', { dy, kept, table }, attrs);
    });
    expect([...dOffset!.data]).toEqual([15]);
  });

  it('NaN stays NaN through the ReLU', async () => {
    const x = { shape: [3, 1], data: Float32Array.of(1, Number.NaN, 2) };
    const one = { shape: [1], data: Float32Array.of(1) };
    const [y] = await compute('webgpu', () =>
      runKernel('NormlabBatchNorm', { x, mean: one, variance: one }, { epsilon, decay, activation: 'relu' }),
    );
    expect([...y!.data]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it('has the same bits in each run', async () => {
    const inputs = inputsOf({ shape: [5, 31, 29, 8], ...forms[0] });
    const attrs = { epsilon, decay, activation: 'relu' };
    const [first, second] = await compute('webgpu', async () => [
      await runKernel('NormlabBatchNorm', inputs, attrs),
      await runKernel('NormlabBatchNorm', inputs, attrs),
    ]);
    expect(second).toEqual(first);
  });

  it.each(forms)(
    'lets the caller dispose x between the two, and leaks nothing: $activation, γ $isScaled',
    async (form) => {
      const inputs = inputsOf({ shape: [2, 5, 7, 10], ...form });
      await compute('webgpu', async () => {
        const run = async () => {
          const { x, ...others } = tensorsOf(inputs);
          const attrs = { epsilon, activation: form.activation };
          const outputs = engine().runKernel<Tensor[]>(
            'NormlabBatchNorm',
            { x: x!, ...others },
            { ...attrs, decay },
          );
          const [y, , , kept, table] = outputs as [Tensor, Tensor, Tensor, Tensor, Tensor];
          const backward = async () => {
            const results = engine().runKernel<Tensor[]>(
              'NormlabBatchNormGrad',
              { dy: y, kept, table },
              attrs,
            );
            const values = [...(await results[0]!.data())];
            dispose(results);
            return values;
          };
          const before = await backward();
          dispose(x!);
          expect(await backward()).toEqual(before);
          dispose([others, outputs]);
        };
        await run();
        const before = memory();
        await run();
        await run();
        expect(memory().numTensors).toBe(before.numTensors);
        expect(memory().numDataBuffers).toBe(before.numDataBuffers);
        expect(memory()).toMatchObject({ numBytesInGPU: Reflect.get(before, 'numBytesInGPU') });
      });
    },
  );
});

type Inputs = Record<'x' | 'mean' | 'variance', Values> & { scale?: Values; offset?: Values };

function inputsOf({ shape, isScaled, isOffset, mean = 0 }: Layer): Inputs {
  const channels = shape.at(-1)!;
  const noise = normals(1, ...shape);
  return {
    x: { shape, data: noise.data.map((value) => value + mean) },
    mean: normals(2, channels),
    variance: normals(3, channels),
    ...(isScaled ? { scale: normals(4, channels) } : {}),
    ...(isOffset ? { offset: normals(5, channels) } : {}),
  };
}

function numbers(inputs: Inputs) {
  const entries = Object.entries(inputs).map(([name, { shape, data }]) => [name, { shape, values: data }]);
  return Object.fromEntries(entries) as Parameters<typeof twins.fusedBatchNorm>[0];
}

function tensorsOf(inputs: Inputs): NamedTensorMap {
  return Object.fromEntries(Object.entries(inputs).map(([name, values]) => [name, tensorOf(values)]));
}

/** dy in [−1, 1], and 0 where rounding decides on which side of 0 the ReLU's input is. */
function upstreamOf({ shape, activation }: Layer, { before, y }: ReturnType<typeof boundsOf>): Values {
  const drawn = normalNumbers(before.length, 6).map((value) => Math.max(-1, Math.min(1, value)));
  return {
    shape,
    data: drawn.map((value, i) => (activation === 'relu' && Math.abs(before[i]!) <= y(i) ? 0 : value)),
  };
}

/**
 * With c as in standardize.test.ts, and D the largest distance to a channel's first value in standard deviations: the
 * error of x̂ is e·(1 + |x̂|) with e = ((c + 3)·D + c + (c + 3)·D)·u; y has |γ| times that, and two more roundings. The
 * running statistics have four roundings of their terms and the errors of the moments: u·|μ| + (c + 3)·D·σ·u for the
 * mean, (2c + 2(c + 3)·D)·σ²·u for the variance.
 *
 * Backward, let E be the largest error of x̂ in a channel, Y its largest size, and S = 2, the largest distance of two
 * numbers in [−1, 1], and so of two values of δ. δ itself is the twin's, because dy is 0 wherever rounding decides about
 * the ReLU. Each term of Σ(δ − shift) has an error of at most c·u·S, each term of Σ(δ − shift)·x̂ of (c·u·Y + E)·S. The
 * second sum is also off because Σx̂ is not exactly 0: it is at most E per term, times a shift of at most S. The bracket of
 * dx has six more roundings of sizes up to S·(1 + Y²), and the error of x̂ times the slope, E·S·Y; the factor has half of
 * the variance's error, and the errors of a root and a division (6u).
 */
function boundsOf({ shape }: Layer, inputs: Inputs, twin: ReturnType<typeof twins.fusedBatchNorm>) {
  const channels = shape.at(-1)!;
  const rows = inputs.x.data.length / channels;
  const c = 3 * (longestChain(rows) + 3);
  const of = (values: Values | undefined, i: number, absent: number) =>
    Math.abs(values === undefined ? absent : values.data[i % channels]!);
  const [D, E, Y] = [0, 1, 2].map(() => new Float64Array(channels)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const sd = twin.batch.variance.map(Math.sqrt);
  inputs.x.data.forEach((value, i) => {
    const distance = Math.abs(value - inputs.x.data[i % channels]!) / sd[i % channels]!;
    D[i % channels] = Math.max(D[i % channels]!, distance);
  });
  const varianceError = (i: number) => (2 * c + 2 * (c + 3) * D[i % channels]!) * u;
  const relative = (i: number) => (c + 3) * D[i % channels]! * u + varianceError(i) / 2;
  const standardizedError = (i: number) => relative(i) * (1 + Math.abs(twin.standardized[i]!));
  twin.standardized.forEach((value, i) => {
    E[i % channels] = Math.max(E[i % channels]!, standardizedError(i));
    Y[i % channels] = Math.max(Y[i % channels]!, Math.abs(value));
  });
  const before = Float64Array.from(
    twin.standardized,
    (value, i) => (inputs.scale?.data[i % channels] ?? 1) * value + (inputs.offset?.data[i % channels] ?? 0),
  );
  const S = 2;
  const slopeError = (i: number) => S * (c * u * Y[i]! + 2 * E[i]!);
  const moved = (running: Values, batch: Float64Array, error: (i: number) => number) => (i: number) =>
    4 * u * (Math.abs(running.data[i]!) + Math.abs(batch[i]!)) + (1 - decay) * error(i);
  return {
    before,
    y: (i: number) => {
      const gain = of(inputs.scale, i, 1);
      const size = gain * Math.abs(twin.standardized[i]!) + of(inputs.offset, i, 0);
      return gain * standardizedError(i) + 2 * u * size;
    },
    mean: moved(
      inputs.mean,
      twin.batch.mean,
      (i) => u * Math.abs(twin.batch.mean[i]!) + (c + 3) * D[i]! * sd[i]! * u,
    ),
    variance: moved(inputs.variance, twin.batch.variance, (i) => varianceError(i) * twin.batch.variance[i]!),
    dx: (place: number) => {
      const i = place % channels;
      const factor = of(inputs.scale, i, 1) / Math.sqrt(twin.batch.variance[i]! + epsilon);
      const bracket = S * c * u + Y[i]! * slopeError(i) + E[i]! * S * Y[i]! + 6 * u * S * (1 + Y[i]! ** 2);
      return factor * (bracket + (varianceError(i) / 2 + 6 * u) * S * (1 + Y[i]! ** 2));
    },
    dScale: (i: number) => rows * (slopeError(i) + u * S),
    dOffset: () => rows * (c + 2) * u * S,
  };
}
