import { unitRoundoff } from '@normlab/testing';
import '@tensorflow/tfjs-backend-wasm';
import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import {
  backend,
  backend_util,
  conv2dTranspose,
  engine,
  memory,
  ones,
  type Rank,
  setBackend,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { magnitudes, randomValues, runOn, type Values, worstExcess } from './support/bothBackends.js';
import { expectFused } from './support/expectFused.js';

let kernels: WasmKernels;

beforeAll(async () => {
  await setBackend('wasm');
  kernels = await registerWasmKernels();
});

afterAll(() => kernels.close());

const channels = fc.constantFrom(1, 3, 4, 5, 8, 10, 12);

/** Any small convolution: odd sizes, one image or several, kernels larger than the image under `same`. */
const convolution = fc
  .record({
    // From six images on, groups of them with a sum of their own have several images.
    batch: fc.integer({ min: 1, max: 7 }),
    height: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 9 }),
    channels,
    results: channels,
    filterHeight: fc.integer({ min: 1, max: 5 }),
    filterWidth: fc.integer({ min: 1, max: 5 }),
    strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    pad: fc.constantFrom('same' as const, 'valid' as const, 1, 2),
  })
  .filter(({ batch, height, width, channels, results, filterHeight, filterWidth, strides, pad }) => {
    const shape: [number, number, number, number] = [batch, height, width, channels];
    const filter: [number, number, number, number] = [filterHeight, filterWidth, channels, results];
    const conv = backend_util.computeConv2DInfo(shape, filter, strides, 1, pad);
    return conv.outHeight > 0 && conv.outWidth > 0;
  });

describe('convolutions', () => {
  it('wasm ≈ cpu for any shape: forward, backward to the input and to the kernel', async () => {
    await fc.assert(
      fc.asyncProperty(convolution, async (conv) => {
        const { batch, height, width, channels, results, filterHeight, filterWidth, strides, pad } = conv;
        const attrs = { strides, pad, dataFormat: 'NHWC', dilations: 1 };
        const x = randomValues([batch, height, width, channels], 1);
        const filter = randomValues([filterHeight, filterWidth, channels, results], 2);
        const taps = filterHeight * filterWidth;
        const isTiled = filterHeight === 3 && filterWidth === 3 && strides[0] === strides[1];
        const sums = (terms: number, products: number) => ({ terms, products: isTiled ? products : 0 });
        const y = await expectSame('Conv2D', { x, filter }, attrs, sums(taps * channels, channels));
        await expectFused(x, filter, randomValues([results], 4), attrs);
        const dy = randomValues(y.shape, 3);
        const backInput = { ...attrs, inputShape: x.shape };
        await expectSame('Conv2DBackpropInput', { dy, filter }, backInput, sums(taps * results, results));
        const backFilter = { ...attrs, filterShape: filter.shape };
        const [images, rows, columns] = y.shape as [number, number, number];
        const tiles = images * Math.ceil(rows / 3) * Math.ceil(columns / 3);
        await expectSame('Conv2DBackpropFilter', { x, dy }, backFilter, sums(images * rows * columns, tiles));
      }),
      { numRuns: 60, seed: 11 },
    );
  });

  it.each([
    { input: [1, 3, 3, 97], results: 5, side: 3 },
    { input: [2, 4, 5, 5], results: 97, side: 2 },
  ])('wasm ≈ cpu: $input to $results by $side', async ({ input, results, side }) => {
    const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1 };
    const x = randomValues(input, 1);
    const filter = randomValues([side, side, input[3]!, results], 2);
    await expectSame('Conv2D', { x, filter }, attrs, { terms: side * side * input[3]!, products: 0 });
  });

  it('of nothing: the gradients are 0', async () => {
    const attrs = { strides: 1, pad: 'valid', dataFormat: 'NHWC' };
    const dy = { shape: [2, 0, 3, 4], values: new Float32Array(0) };
    const filter = randomValues([3, 3, 5, 4], 1);
    const x = randomValues([2, 2, 5, 5], 2);
    const backInput = { ...attrs, inputShape: x.shape };
    const [dx] = await runOn('wasm', 'Conv2DBackpropInput', { dy, filter }, backInput);
    const backFilter = { ...attrs, filterShape: filter.shape };
    const [dw] = await runOn('wasm', 'Conv2DBackpropFilter', { x, dy }, backFilter);
    expect(dx).toEqual({ shape: x.shape, values: new Float32Array(100) });
    expect(dw).toEqual({ shape: filter.shape, values: new Float32Array(180) });
  });

  it('and pools: a gradient whose dy has more or fewer pixels than the output is refused', async () => {
    // As tfjs's gradients at dimRoundingMode `ceil`, which they do not pass on.
    const attrs = { strides: 3, pad: 'valid', dataFormat: 'NHWC' };
    const [x, filter, dy] = [
      [1, 7, 7, 3],
      [3, 3, 3, 2],
      [1, 3, 3, 2],
    ].map((shape) => randomValues(shape, 1));
    const dx = runOn(
      'wasm',
      'Conv2DBackpropInput',
      { dy: dy!, filter: filter! },
      { ...attrs, inputShape: x!.shape },
    );
    await expect(dx).rejects.toThrowErrorMatchingInlineSnapshot(
      `[BackendError: Conv2DBackpropInput: the gradient of the output must have the shape [1,2,2,2] that follows from the other arguments, got [1,3,3,2] (in 2D, tfjs has no gradient for a dimRoundingMode that adds a window; of conv2dTranspose, outputShape does not fit).]`,
    );
    const dw = runOn(
      'wasm',
      'Conv2DBackpropFilter',
      { x: x!, dy: dy! },
      { ...attrs, filterShape: filter!.shape },
    );
    await expect(dw).rejects.toThrow('Conv2DBackpropFilter: the gradient of the output must');
    const pool = { filterSize: 3, strides: 3, pad: 'valid' };
    for (const kernel of ['AvgPoolGrad', 'MaxPoolGrad']) {
      const ofPool = runOn(
        'wasm',
        kernel,
        { dy: randomValues([1, 3, 3, 3], 1), input: x!, output: x! },
        pool,
      );
      await expect(ofPool).rejects.toThrow(`${kernel}: the gradient of the output must`);
    }
  });

  it('a transposed convolution to a shape that is not that of its input is refused', async () => {
    await setBackend('wasm');
    tidy(() => {
      const [x, filter] = [ones<Rank.R4>([1, 2, 2, 1]), ones<Rank.R4>([1, 1, 1, 1])];
      const grown = () => conv2dTranspose(x, filter, [1, 8, 8, 1], 1, 'valid');
      expect(grown).toThrow('have the shape [1,8,8,1] that follows from the other arguments, got [1,2,2,1]');
    });
  });

  it('leaves dilated ones to tfjs', async () => {
    const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 2 };
    const inputs = { x: randomValues([2, 7, 7, 4], 1), filter: randomValues([3, 3, 4, 8], 2) };
    await expectSame('Conv2D', inputs, attrs, { terms: 36, products: 0 });
  });

  it('leaves channels first to tfjs, which refuses', async () => {
    const attrs = { strides: 1, pad: 'same', dataFormat: 'NCHW', dilations: 1 };
    const inputs = { x: randomValues([2, 4, 7, 7], 1), filter: randomValues([3, 3, 4, 8], 2) };
    await expect(runOn('wasm', 'Conv2D', inputs, attrs)).rejects.toThrow('channelsLast');
  });

  it('10 000 calls take no more memory than 100', async () => {
    const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1 };
    const inputs = { x: randomValues([2, 5, 5, 3], 1), filter: randomValues([3, 3, 3, 2], 2) };
    const [heap] = await heapAfter(100, inputs, attrs);
    expect(await heapAfter(10_000, inputs, attrs)).toEqual([heap, 0]);
  });
});

/** Bytes of the heap after some calls, and what the tensors on it grew by. */
async function heapAfter(calls: number, inputs: Record<string, Values>, attrs: object): Promise<number[]> {
  await setBackend('wasm');
  const before = memory().numBytes;
  tidy(() => {
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([name, { shape, values }]) => [name, tensor(values, shape)]),
    );
    for (let i = 0; i < calls; i++) {
      tidy(() => {
        engine().runKernel('Conv2D', tensors, { ...attrs });
      });
    }
  });
  const { wasm } = backend() as ReturnType<typeof backend> & { wasm: { HEAPU8: Uint8Array } };
  return [wasm.HEAPU8.byteLength, memory().numBytes - before];
}

/**
 * Runs a kernel on both backends and compares. A direct sum of n terms is off by (n + 1)·u·Σ|a·b| to first order.
 * One that goes through transforms adds up `products` at each point: they are off by (products + 27)·u, and 33.6² is
 * what the transforms of 4×4 tiles make of numbers up to 1 at most (the largest sum of magnitudes over a row of the
 * output's, each with those of the rows of the other two; see winograd.test.ts). Those of stride 2 make less of them, and
 * larger tiles need more channels than there are here.
 */
async function expectSame(
  kernelName: string,
  inputs: Record<string, Values>,
  attrs: object,
  { terms, products }: { terms: number; products: number },
): Promise<Values> {
  const sizes = Object.fromEntries(Object.entries(inputs).map(([name, each]) => [name, magnitudes(each)]));
  const [actual] = await runOn('wasm', kernelName, inputs, attrs);
  const [expected] = await runOn('cpu', kernelName, inputs, attrs);
  const [total] = await runOn('cpu', kernelName, sizes, attrs);
  expect(actual!.shape).toEqual(expected!.shape);
  const tiled = 33.6 ** 2 * products * (products + 27) * unitRoundoff;
  const bounds = total!.values.map((sum) => 1.01 * (terms + 1) * unitRoundoff * sum + tiled);
  expect(worstExcess(actual!, expected!, { shape: total!.shape, values: bounds })).toBeLessThanOrEqual(1);
  return actual!;
}
