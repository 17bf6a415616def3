import { twins, unitRoundoff } from '@normlab/testing';
import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import { engine, setBackend, tensor, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasSameBits, randomValues, runOn, type Values, worstExcess } from './support/bothBackends.js';

const u = unitRoundoff;
const epsilon = 1e-5;
const decay = 0.75;

let kernels: WasmKernels;

beforeAll(async () => {
  await setBackend('wasm');
  kernels = await registerWasmKernels();
});

afterAll(() => kernels.close());

type Layer = {
  readonly shape: number[];
  readonly isScaled: boolean;
  readonly isOffset: boolean;
  readonly activation: 'identity' | 'relu';
  readonly seed: number;
};

/** Odd numbers of rows and channels, in every form of gain, bias and activation. */
const layers: Layer[] = [
  [2, 5, 7, 10],
  [3, 9, 1, 97],
  [1, 9, 9, 1],
  [8, 24, 24, 24],
  [6, 3],
  [2, 3, 2, 3, 5],
].flatMap((shape, i) =>
  (
    [
      [true, true, 'relu'],
      [false, false, 'relu'],
      [true, false, 'identity'],
      [false, true, 'identity'],
      [false, false, 'identity'],
    ] as const
  ).map(([isScaled, isOffset, activation]) => ({ shape, isScaled, isOffset, activation, seed: i + 1 })),
);

describe('NormlabBatchNorm and NormlabBatchNormGrad', () => {
  it.each(layers)('≈ their twins: $shape, γ $isScaled, β $isOffset, $activation', (layer) =>
    expectBatchNorm(layer),
  );

  it('≈ their twins for any shape', async () => {
    const layer = fc.record({
      shape: fc
        .array(fc.constantFrom(1, 2, 3, 5, 10), { minLength: 2, maxLength: 4 })
        .filter(([m]) => m! > 1),
      isScaled: fc.boolean(),
      isOffset: fc.boolean(),
      activation: fc.constantFrom('identity' as const, 'relu' as const),
      seed: fc.integer({ min: 1, max: 1000 }),
    });
    await fc.assert(
      fc.asyncProperty(layer, (each) => expectBatchNorm(each)),
      { numRuns: 40, seed: 7 },
    );
  });

  it('keep their digits where the mean is 10⁴ standard deviations away from 0', async () => {
    const { shape, values } = randomValues([400, 10], 3);
    const x = { shape, values: values.map((v) => 1e4 + v) };
    const layer: Layer = { shape, isScaled: true, isOffset: true, activation: 'relu', seed: 4 };
    await expectBatchNorm(layer, x);
  });

  it('at ε = 0 a channel that does not vary gives NaN, and yet a gradient of its bias', async () => {
    const constant = { shape: [5, 1], values: new Float32Array(5).fill(0.1) };
    const [mean, variance] = [randomValues([1], 1), randomValues([1], 2)];
    const attrs = { epsilon: 0, activation: 'identity' };
    const [y, , , kept, table] = await runOn(
      'wasm',
      'NormlabBatchNorm',
      { x: constant, mean, variance, scale: mean },
      { ...attrs, decay },
    );
    expect([...y!.values]).toEqual(new Array(5).fill(Number.NaN));
    const dy = { shape: [5, 1], values: Float32Array.of(1, 2, 3, 4, 5) };
    const inputs = { dy, kept: kept!, table: table! };
    const [, dScale, dOffset] = await runOn('wasm', 'NormlabBatchNormGrad', inputs, attrs);
    expect([...dScale!.values, ...dOffset!.values]).toEqual([Number.NaN, 15]);
  });

  it.each([3, 8])('at γ·x̂ + β = 0 a ReLU passes no gradient, in %i channels', async (channels) => {
    const zeros = { shape: [channels], values: new Float32Array(channels) };
    const x = randomValues([6, channels], 1);
    const attrs = { epsilon, activation: 'relu' };
    const statistics = { mean: zeros, variance: zeros };
    const [y, , , kept, table] = await runOn(
      'wasm',
      'NormlabBatchNorm',
      { x, ...statistics, scale: zeros, offset: zeros },
      { ...attrs, decay },
    );
    const dy = randomValues(x.shape, 2);
    const gradients = await runOn('wasm', 'NormlabBatchNormGrad', { dy, kept: kept!, table: table! }, attrs);
    for (const { values } of [y!, ...gradients]) expect(values.every((value) => value === 0)).toBe(true);
  });

  it('γ·standardize(x) + β and a ReLU in one have the bits of three', async () => {
    const layer: Layer = {
      shape: [3, 5, 5, 19],
      isScaled: true,
      isOffset: true,
      activation: 'relu',
      seed: 9,
    };
    const inputs = inputsOf(layer);
    const [y] = await runOn('wasm', 'NormlabBatchNorm', inputs, { epsilon, decay, activation: 'relu' });
    const [standardized] = await runOn(
      'wasm',
      'NormlabStandardize',
      { x: inputs.x },
      { axes: [0, 1, 2], epsilon },
    );
    const [scaled] = await runOn('wasm', 'Multiply', { a: standardized!, b: inputs.scale! }, {});
    const [moved] = await runOn('wasm', 'Add', { a: scaled!, b: inputs.offset! }, {});
    const [expected] = await runOn('wasm', 'Relu', { x: moved! }, {});
    expect(hasSameBits(y, expected)).toBe(true);
  });

  it('let the caller dispose x between the two, and leave nothing behind', () => {
    const before = engine().memory();
    tidy(() => {
      const { x, mean, variance } = Object.fromEntries(
        Object.entries(inputsOf(layers[0]!)).map(([name, { shape, values }]) => [
          name,
          tensor(values, shape),
        ]),
      );
      const outputs = engine().runKernel(
        'NormlabBatchNorm',
        { x: x!, mean: mean!, variance: variance! },
        {
          epsilon,
          decay,
          activation: 'relu',
        },
      );
      const [y, , , kept, table] = outputs as [typeof x, typeof x, typeof x, typeof x, typeof x];
      const backward = () =>
        engine().runKernel(
          'NormlabBatchNormGrad',
          { dy: y!, kept: kept!, table: table! },
          {
            epsilon,
            activation: 'relu',
          },
        );
      const [dx] = backward() as [typeof x];
      const expected = dx!.dataSync();
      x!.dispose();
      const [again] = backward() as [typeof x];
      expect(again!.dataSync()).toEqual(expected);
    });
    expect(engine().memory().numTensors).toBe(before.numTensors);
    expect(engine().memory().numDataBuffers).toBe(before.numDataBuffers);
  });
});

type Inputs = Record<'x' | 'mean' | 'variance', Values> & { scale?: Values; offset?: Values };

function inputsOf({ shape, isScaled, isOffset, seed }: Layer, x = randomValues(shape, seed)): Inputs {
  const channels = [shape.at(-1)!];
  return {
    x,
    mean: randomValues(channels, seed + 1),
    variance: randomValues(channels, seed + 2),
    ...(isScaled ? { scale: randomValues(channels, seed + 3) } : {}),
    ...(isOffset ? { offset: randomValues(channels, seed + 4) } : {}),
  };
}

/**
 * Bounds: ŷ is off by u·(200·|ŷ| + 34·2.3·spread + 6·(|ŷ| + 4·spread)) with spread = σ/√(σ² + ε), as derived for
 * NormlabStandardize; times |γ|, and two roundings more of y. Running statistics: 4 roundings of their terms, and the
 * errors of the moments, 400·u·σ² and 34·u·2.3·σ + u·|μ|.
 *
 * Backward, with E the largest error of ŷ in a channel, Y its largest size and D the spread of δ: δ is the twin's,
 * since places where γŷ + β is within |γ|E + 2u(|γ|Y + |β|) of 0 are given no dy. The sums of δ − shift, |δ − shift| ≤ D,
 * over 32 float32 terms are off by 34·u·D a term, those with ŷ by (34·u·Y + E)·D, and Σŷ, at most E a term instead of 0,
 * lets the shift (≤ D, as δ is 0 somewhere or all dy are within 1) in by E·D. The bracket takes six more roundings of
 * sizes up to D·(1 + Y²), and ŷ's error by the slope, E·D·Y; the factor inherits half of the variance's error.
 */
async function expectBatchNorm(layer: Layer, given?: Values): Promise<void> {
  const { shape, activation } = layer;
  const inputs = inputsOf(layer, given);
  const twin = twins.fusedBatchNorm(inputs, { epsilon, decay, activation });
  const outputs = await runOn('wasm', 'NormlabBatchNorm', inputs, { epsilon, decay, activation });
  const [y, mean, variance, kept, table] = outputs as [Values, Values, Values, Values, Values];
  const channels = shape.at(-1)!;
  const at = (values: Values | undefined, i: number, fallback: number) =>
    values === undefined ? fallback : values.values[i % channels]!;
  const spreadOf = (i: number) => {
    const own = twin.batch.variance[i % channels]!;
    return Math.sqrt(own / (own + epsilon));
  };
  const standardizedErrors = twin.standardized.map(
    (value, i) =>
      u * (200 * Math.abs(value) + 34 * 2.3 * spreadOf(i) + 6 * (Math.abs(value) + 4 * spreadOf(i))),
  );
  const yBounds = twin.y.map((_, i) => {
    const gain = Math.abs(at(inputs.scale, i, 1));
    const size = gain * Math.abs(twin.standardized[i]!) + Math.abs(at(inputs.offset, i, 0));
    return gain * standardizedErrors[i]! + 2 * u * size;
  });
  expect(worstExcess(y, { shape, values: twin.y }, { shape, values: yBounds })).toBeLessThanOrEqual(1);

  const perChannel = [channels];
  const moved = (of: Float64Array, running: Values, error: (i: number) => number) =>
    of.map(
      (value, i) =>
        4 * u * (Math.abs(running.values[i]!) + Math.abs(value)) + (1 - decay) * error(i) + 2 ** -149,
    );
  const meanBounds = moved(
    twin.batch.mean,
    inputs.mean,
    (i) => u * (34 * 2.3 * Math.sqrt(twin.batch.variance[i]!) + Math.abs(twin.batch.mean[i]!)),
  );
  const varianceBounds = moved(
    twin.batch.variance,
    inputs.variance,
    (i) => 400 * u * twin.batch.variance[i]!,
  );
  for (const [actual, expected, bounds] of [
    [mean, twin.moved.mean, meanBounds],
    [variance, twin.moved.variance, varianceBounds],
  ] as const) {
    expect(
      worstExcess(actual, { shape: perChannel, values: expected }, { shape: perChannel, values: bounds }),
    ).toBeLessThanOrEqual(1);
  }

  const drawn = randomValues(shape, layer.seed + 5);
  const dy = {
    shape,
    values: drawn.values.map((value, i) => {
      const before = at(inputs.scale, i, 1) * twin.standardized[i]! + at(inputs.offset, i, 0);
      return activation === 'relu' && Math.abs(before) <= yBounds[i]! ? 0 : value;
    }),
  };
  const gradients = await runOn('wasm', 'NormlabBatchNormGrad', { dy, kept, table }, { epsilon, activation });
  const expected = twins.fusedBatchNormGradient(dy, inputs, { epsilon, activation });
  const largest = new Float64Array(channels).fill(1);
  const error = new Float64Array(channels);
  twin.standardized.forEach((value, i) => {
    largest[i % channels] = Math.max(largest[i % channels]!, Math.abs(value));
    error[i % channels] = Math.max(error[i % channels]!, standardizedErrors[i]!);
  });
  // dy lies in [−1, 1): no spread is wider.
  const spread = 2;
  const rows = dy.values.length / channels;
  const slopeError = (i: number) => spread * (34 * u * largest[i]! + 2 * error[i]!);
  const dxBounds = expected.dx.map((_, place) => {
    const i = place % channels;
    const factor = Math.abs(at(inputs.scale, i, 1)) / Math.sqrt(twin.batch.variance[i]! + epsilon);
    const [Y, E] = [largest[i]!, error[i]!];
    const bracket = spread * 34 * u + Y * slopeError(i) + E * spread * Y + 6 * u * spread * (1 + Y ** 2);
    return factor * (bracket + 210 * u * spread * (1 + Y ** 2));
  });
  const [dx, dScale, dOffset] = gradients as [Values, Values, Values];
  expect(worstExcess(dx, { shape, values: expected.dx }, { shape, values: dxBounds })).toBeLessThanOrEqual(1);
  const sums = (bound: (i: number) => number) => ({
    shape: perChannel,
    values: Float64Array.from({ length: channels }, (_, i) => rows * bound(i)),
  });
  expect(
    worstExcess(
      dScale,
      { shape: perChannel, values: expected.dScale },
      sums((i) => slopeError(i) + u * spread),
    ),
  ).toBeLessThanOrEqual(1);
  expect(
    worstExcess(
      dOffset,
      { shape: perChannel, values: expected.dOffset },
      sums(() => 36 * u * spread),
    ),
  ).toBeLessThanOrEqual(1);
}
