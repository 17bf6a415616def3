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
