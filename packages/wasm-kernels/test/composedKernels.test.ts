import { BackendError, OptionError } from '@normlab/errors';
import { unitRoundoff } from '@normlab/testing';
import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import { engine, getKernel, setBackend } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { magnitudes, randomValues, runOn, type Values, worstExcess } from './support/bothBackends.js';

type ConvCase = {
  readonly input: [number, number, number, number];
  readonly filter: [number, number, number, number];
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number | [number, number][];
};

const convCases: ConvCase[] = [
  ...[1, 2].flatMap((strides) =>
    (['same', 'valid'] as const).flatMap((pad) =>
      [1, 2, 3, 4, 5].flatMap((side) =>
        [
          [8, 8],
          [7, 9],
        ].map(([height, width]): ConvCase => {
          return { input: [2, height!, width!, 3], filter: [side, side, 3, 5], strides, pad };
        }),
      ),
    ),
  ),
  { input: [1, 5, 5, 1], filter: [3, 3, 1, 1], strides: 1, pad: 'same' },
  { input: [3, 6, 4, 10], filter: [3, 2, 10, 97], strides: [2, 1], pad: 'same' },
  { input: [2, 9, 9, 5], filter: [3, 3, 5, 3], strides: 3, pad: 1 },
  { input: [2, 6, 6, 2], filter: [1, 1, 2, 3], strides: 1, pad: 2 },
  {
    input: [2, 7, 6, 3],
    filter: [3, 3, 3, 4],
    strides: 2,
    pad: [
      [0, 0],
      [2, 1],
      [0, 3],
      [0, 0],
    ],
  },
  // Negative padding crops.
  ...[1, 2, [3, 2] as [number, number]].map(
    (strides): ConvCase => ({
      input: [2, 9, 11, 3],
      filter: [3, 2, 3, 5],
      strides,
      pad: [
        [0, 0],
        [-1, 1],
        [2, -3],
        [0, 0],
      ],
    }),
  ),
  { input: [1, 10, 9, 2], filter: [4, 3, 2, 3], strides: [2, 3], pad: -1 },
  {
    input: [1, 9, 10, 2],
    filter: [3, 3, 2, 3],
    strides: 3,
    pad: [
      [0, 0],
      [-2, 0],
      [-1, -4],
      [0, 0],
    ],
  },
];

type Conv3DCase = {
  readonly input: number[];
  readonly filter: number[];
  readonly strides: number | number[];
  readonly pad: 'same' | 'valid';
};

/** Channels, sides and strides that differ from one another, sides that strides leave a rest of, one and two images. */
const conv3DCases: Conv3DCase[] = (['same', 'valid'] as const).flatMap((pad) => [
  { input: [2, 4, 5, 6, 2], filter: [2, 3, 1, 2, 3], strides: 1, pad },
  { input: [2, 7, 6, 5, 2], filter: [3, 2, 3, 2, 3], strides: [2, 1, 3], pad },
  { input: [1, 5, 5, 4, 1], filter: [1, 1, 1, 1, 1], strides: 2, pad },
  { input: [1, 3, 4, 5, 3], filter: [3, 4, 5, 3, 2], strides: 1, pad },
  { input: [2, 6, 4, 4, 1], filter: [2, 2, 2, 1, 5], strides: [3, 2, 2], pad },
]);

type Pool3DCase = {
  readonly input: number[];
  readonly filterSize: [number, number, number];
  readonly strides: [number, number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'ceil' | 'round';
};

const pool3DCases: Pool3DCase[] = [
  ...(['same', 'valid'] as const).flatMap((pad): Pool3DCase[] => [
    { input: [2, 4, 5, 6, 3], filterSize: [2, 2, 2], strides: [2, 2, 2], pad },
    { input: [2, 4, 5, 6, 3], filterSize: [2, 2, 2], strides: [1, 1, 1], pad },
    { input: [1, 7, 6, 5, 2], filterSize: [3, 2, 3], strides: [2, 1, 2], pad },
    { input: [2, 4, 4, 3, 4], filterSize: [1, 3, 2], strides: [1, 2, 1], pad },
    { input: [1, 5, 7, 4, 1], filterSize: [2, 1, 1], strides: [3, 2, 2], pad },
  ]),
  ...(['floor', 'ceil', 'round'] as const).flatMap((dimRoundingMode): Pool3DCase[] => [
    { input: [1, 5, 5, 5, 1], filterSize: [2, 2, 2], strides: [2, 2, 2], pad: 0, dimRoundingMode },
    { input: [2, 7, 6, 8, 3], filterSize: [3, 2, 3], strides: [3, 3, 2], pad: 1, dimRoundingMode },
    { input: [2, 7, 6, 8, 2], filterSize: [2, 3, 1], strides: [2, 2, 3], pad: -1, dimRoundingMode },
    { input: [1, 4, 3, 5, 2], filterSize: [2, 1, 1], strides: [1, 2, 3], pad: 2, dimRoundingMode },
  ]),
  // With its only window before the image.
  { input: [1, 2, 2, 2, 1], filterSize: [1, 1, 1], strides: [8, 8, 8], pad: 3 },
  { input: [1, 2, 9, 2, 2], filterSize: [1, 2, 1], strides: [8, 1, 2], pad: 3 },
  // Of no layer.
  { input: [1, 2, 5, 4, 1], filterSize: [1, 1, 2], strides: [3, 1, 1], pad: -1 },
];

let kernels: WasmKernels;

beforeAll(async () => {
  await setBackend('wasm');
  kernels = await registerWasmKernels();
});

afterAll(() => kernels.close());

describe('Conv2DBackpropFilter', () => {
  it.each(convCases)('wasm ≈ cpu: $input by $filter, stride $strides, pad $pad', async (conv) => {
    const attrs = { strides: conv.strides, pad: conv.pad, dataFormat: 'NHWC', filterShape: conv.filter };
    const x = randomValues(conv.input, 1);
    const dy = randomValues(await outputShape(conv), 2);
    const [actual] = await runOn('wasm', 'Conv2DBackpropFilter', { x, dy }, attrs);
    const [expected] = await runOn('cpu', 'Conv2DBackpropFilter', { x, dy }, attrs);
    const [total] = await runOn(
      'cpu',
      'Conv2DBackpropFilter',
      { x: magnitudes(x), dy: magnitudes(dy) },
      attrs,
    );
    expect(actual!.shape).toEqual(expected!.shape);
    const terms = dy.shape[0]! * dy.shape[1]! * dy.shape[2]!;
    expect(worstExcess(actual!, expected!, sumBound(total!, terms))).toBeLessThanOrEqual(1);
  });
});

describe('Conv2DBackpropInput', () => {
  it.each(convCases)('wasm ≈ cpu: $input by $filter, stride $strides, pad $pad', async (conv) => {
    const attrs = { strides: conv.strides, pad: conv.pad, dataFormat: 'NHWC', inputShape: conv.input };
    const filter = randomValues(conv.filter, 3);
    const dy = randomValues(await outputShape(conv), 4);
    const [actual] = await runOn('wasm', 'Conv2DBackpropInput', { dy, filter }, attrs);
    const [expected] = await runOn('cpu', 'Conv2DBackpropInput', { dy, filter }, attrs);
    const [total] = await runOn(
      'cpu',
      'Conv2DBackpropInput',
      { dy: magnitudes(dy), filter: magnitudes(filter) },
      attrs,
    );
    expect(actual!.shape).toEqual(expected!.shape);
    const terms = conv.filter[0] * conv.filter[1] * conv.filter[3];
    expect(worstExcess(actual!, expected!, sumBound(total!, terms))).toBeLessThanOrEqual(1);
  });

  it('asks for channels last', async () => {
    const attrs = { strides: 1, pad: 'same', dataFormat: 'NCHW', inputShape: [1, 1, 4, 4] };
    const dy = randomValues([1, 1, 4, 4], 1);
    const filter = randomValues([3, 3, 1, 1], 2);
    const run = runOn('wasm', 'Conv2DBackpropInput', { dy, filter }, attrs);
    await expect(run).rejects.toThrow(BackendError);
    await expect(run).rejects.toThrow('dataFormat must be "NHWC" on the wasm backend, got "NCHW"');
  });
});

describe.each(['plain', 'relaxed'] as const)('by the %s build', (build) => {
  let newest: WasmKernels;

  beforeAll(async () => {
    await setBackend('wasm');
    newest = await registerWasmKernels({ build });
  });

  afterAll(() => newest.close());

  describe('3D convolutions', () => {
    const attrsOf = ({ strides, pad }: Conv3DCase) => ({ strides, pad, dataFormat: 'NDHWC', dilations: 1 });
    const run = async (
      kernel: string,
      inputs: Record<string, Values>,
      attrs: object,
      termsOf: (expected: Values) => number,
    ) => {
      const [actual] = await runOn('wasm', kernel, inputs, attrs);
      const [expected] = await runOn('cpu', kernel, inputs, attrs);
      const sizes = Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, magnitudes(x)]));
      const [total] = await runOn('cpu', kernel, sizes, attrs);
      expect(actual!.shape).toEqual(expected!.shape);
      expect(worstExcess(actual!, expected!, sumBound(total!, termsOf(expected!)))).toBeLessThanOrEqual(1);
      return expected!;
    };

    it.each(conv3DCases)('wasm ≈ cpu, both ways: $input by $filter, $strides, $pad', async (conv) => {
      const [x, filter] = [randomValues(conv.input, 1), randomValues(conv.filter, 2)];
      const [depth, height, width, channels, results] = conv.filter as [
        number,
        number,
        number,
        number,
        number,
      ];
      const taps = depth * height * width;
      const y = await run('Conv3D', { x, filter }, attrsOf(conv), () => taps * channels);
      const dy = randomValues(y.shape, 3);
      const places = y.shape.slice(0, 4).reduce((a, b) => a * b);
      const ofInput = { ...attrsOf(conv), inputShape: conv.input };
      await run('Conv3DBackpropInputV2', { dy, filter }, ofInput, () => taps * results);
      await run(
        'Conv3DBackpropFilterV2',
        { x, dy },
        { ...attrsOf(conv), filterShape: conv.filter },
        () => places,
      );
    });
  });

  describe('3D pools', () => {
    it('among equal values, MaxPool3DGrad takes the first; tfjs’s cpu backend takes the last', async () => {
      const input = { shape: [1, 2, 2, 2, 1], values: new Float32Array(8).fill(-3) };
      const dy = { shape: [1, 1, 1, 1, 1], values: Float32Array.of(5) };
      const inputs = { dy, input, output: dy };
      const attrs = { filterSize: 2, strides: 2, pad: 'valid' };
      const [ours] = await runOn('wasm', 'MaxPool3DGrad', inputs, attrs);
      const [theirs] = await runOn('cpu', 'MaxPool3DGrad', inputs, attrs);
      expect([...ours!.values]).toEqual([5, 0, 0, 0, 0, 0, 0, 0]);
      expect([...theirs!.values]).toEqual([0, 0, 0, 0, 0, 0, 0, 5]);
    });

    it.each(pool3DCases)(
      'the sums of their definition: $input by $filterSize, $strides, $pad, $dimRoundingMode',
      async (pool) => {
        const attrs = { ...pool, dataFormat: 'NDHWC' };
        // Values below zero at every edge, beside which zeros of padding would be the largest.
        const x = randomValues(pool.input, 1);
        x.values.forEach((value, i) => {
          x.values[i] = value - 1;
        });
        const windows = windowsOf(pool);
        const dy = randomValues(windows.shape, 2);
        const [maxima, maxGrad, averageGrad] = [
          (await runOn('wasm', 'MaxPool3D', { x }, attrs))[0]!,
          (await runOn('wasm', 'MaxPool3DGrad', { dy, input: x, output: dy }, attrs))[0]!,
          (await runOn('wasm', 'AvgPool3DGrad', { dy, input: x }, attrs))[0]!,
        ];
        const [ofMax, ofAverage] = [new Float64Array(x.values.length), new Float64Array(x.values.length)];
        const sizes = new Float64Array(x.values.length);
        const expected = windows.places.map((places, window) => {
          if (places.length === 0) return Number.NEGATIVE_INFINITY;
          const largest = places.reduce((best, place) => (x.values[place]! > x.values[best]! ? place : best));
          ofMax[largest]! += dy.values[window]!;
          for (const place of places) ofAverage[place]! += dy.values[window]! / places.length;
          for (const place of places) sizes[place]! += Math.abs(dy.values[window]!);
          return x.values[largest]!;
        });
        expect(maxima.shape).toEqual(windows.shape);
        expect([...maxima.values]).toEqual(expected);
        const [depth, height, width] = pool.filterSize;
        const bounds = sumBound({ shape: pool.input, values: sizes }, depth * height * width + 3);
        for (const [actual, wanted] of [
          [maxGrad, ofMax],
          [averageGrad, ofAverage],
        ] as const) {
          expect(actual.shape).toEqual(pool.input);
          expect(worstExcess(actual, { shape: pool.input, values: wanted }, bounds)).toBeLessThanOrEqual(1);
        }
      },
    );
  });
});

/** The places in the input of each window's pixels, window by window. */
function windowsOf({ input, filterSize, strides, pad, dimRoundingMode = 'floor' }: Pool3DCase) {
  const [images, ...sides] = input as [number, number, number, number, number];
  const channels = sides.pop()!;
  const axes = sides.map((side, axis) => {
    const [size, step] = [filterSize[axis]!, strides[axis]!];
    const given = typeof pad === 'number' ? pad : 0;
    const steps = Math[dimRoundingMode]((side + 2 * given - size) / step);
    const count = pad === 'same' ? Math.ceil(side / step) : steps + 1;
    const before = pad === 'same' ? Math.floor(((count - 1) * step + size - side) / 2) : given;
    const reach = (first: number) => Array.from({ length: size }, (_, i) => first + i);
    return Array.from({ length: count }, (_, i) =>
      reach(i * step - before).filter((at) => at >= 0 && at < side),
    );
  });
  const places: number[][] = [];
  const [depths, rows, columns] = axes as [number[][], number[][], number[][]];
  for (let image = 0; image < images; image++)
    for (const zs of depths)
      for (const ys of rows)
        for (const xs of columns)
          for (let channel = 0; channel < channels; channel++)
            places.push(
              zs.flatMap((z) =>
                ys.flatMap((y) =>
                  xs.map(
                    (each) =>
                      (((image * sides[0]! + z) * sides[1]! + y) * sides[2]! + each) * channels + channel,
                  ),
                ),
              ),
            );
  return { places, shape: [images, ...axes.map((windows) => windows.length), channels] };
}

describe('UnsortedSegmentSum', () => {
  const segmentIds = { shape: [7], values: Int32Array.of(2, 0, 2, 4, -1, 9, 2) };

  it('wasm ≈ cpu', async () => {
    const x = randomValues([7, 3, 2], 5);
    const attrs = { numSegments: 5 };
    const [actual] = await runOn('wasm', 'UnsortedSegmentSum', { x, segmentIds }, attrs);
    const [expected] = await runOn('cpu', 'UnsortedSegmentSum', { x, segmentIds }, attrs);
    const [total] = await runOn('cpu', 'UnsortedSegmentSum', { x: magnitudes(x), segmentIds }, attrs);
    expect(actual!.shape).toEqual([5, 3, 2]);
    expect(worstExcess(actual!, expected!, sumBound(total!, 3))).toBeLessThanOrEqual(1);
  });

  it('leaves out ids of no segment, and NaN stays in its own', async () => {
    const x = { shape: [7], values: Float32Array.of(1, Number.NaN, 2, 8, 16, 32, 4) };
    const [actual] = await runOn('wasm', 'UnsortedSegmentSum', { x, segmentIds }, { numSegments: 5 });
    expect([...actual!.values]).toEqual([Number.NaN, 0, 7, 0, 8]);
  });
});

describe('registerWasmKernels', () => {
  it('leaks no tensor', async () => {
    await setBackend('wasm');
    const before = [engine().memory().numTensors, engine().memory().numDataBuffers];
    for (const strides of [1, 2]) {
      const x = randomValues([1, 6, 6, 3], 1);
      const filter = randomValues([3, 3, 3, 2], 2);
      const dy = randomValues([1, 6 / strides, 6 / strides, 2], 3);
      const conv = { strides, pad: 'same', dataFormat: 'NHWC' };
      await runOn('wasm', 'Conv2DBackpropFilter', { x, dy }, { ...conv, filterShape: filter.shape });
      await runOn('wasm', 'Conv2DBackpropInput', { dy, filter }, { ...conv, inputShape: x.shape });
    }
    expect([engine().memory().numTensors, engine().memory().numDataBuffers]).toEqual(before);
  });

  it('checks its options before it registers anything', async () => {
    await setBackend('wasm');
    await expect(registerWasmKernels({ threads: 0 })).rejects.toThrow(
      new OptionError({
        where: 'registerWasmKernels',
        what: 'threads',
        rule: 'be a positive integer',
        got: 0,
      }),
    );
  });

  it('wants the wasm backend to be active', async () => {
    await setBackend('cpu');
    await expect(registerWasmKernels()).rejects.toThrow('the active tfjs backend must be "wasm", got "cpu"');
  });

  it('works with one thread where the memory is not shared', async () => {
    await setBackend('wasm');
    const more = await registerWasmKernels({ threads: 4 });
    expect(more.threads).toBe(1);
    await more.close();
  });

  it("gives tfjs's own kernels back on close", async () => {
    await setBackend('wasm');
    const during = getKernel('Conv2DBackpropInput', 'wasm');
    await kernels.close();
    expect(getKernel('Conv2DBackpropFilter', 'wasm')).toBeUndefined();
    expect(getKernel('Conv2DBackpropInput', 'wasm')).not.toBe(during);
    kernels = await registerWasmKernels();
  });
});

/** The shape of the forward convolution's result, asked of the cpu backend. */
async function outputShape({ input, filter, strides, pad }: ConvCase): Promise<number[]> {
  const attrs = { strides, pad, dataFormat: 'NHWC', dilations: 1 };
  const [y] = await runOn(
    'cpu',
    'Conv2D',
    { x: randomValues(input, 0), filter: randomValues(filter, 0) },
    attrs,
  );
  return y!.shape;
}

/**
 * A float32 sum of n products, in any order, is off by at most n·u·Σ|a·b| (first order); cpu adds in float64
 * and rounds once, u·Σ|a·b| more; 1 % covers the terms in u².
 */
function sumBound(total: Values, terms: number): Values {
  return { shape: total.shape, values: total.values.map((sum) => 1.01 * (terms + 1) * unitRoundoff * sum) };
}
