import { unitRoundoff } from '@normlab/testing';
import { registerWasmKernels, type WasmKernels } from '@normlab/wasm-kernels';
import { backend_util, setBackend } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { magnitudes, randomValues, runOn, type Values, worstExcess } from './support/bothBackends.js';
import { type DepthwiseSizes, depthwiseTwin } from './support/depthwiseTwin.js';

type Pad = Parameters<typeof backend_util.computeConv2DInfo>[4];
type Shape4D = [number, number, number, number];
type Case = {
  readonly x: Shape4D;
  readonly filter: Shape4D;
  readonly strides: [number, number];
  readonly pad: Pad;
};

/** Any small depthwise convolution: odd sizes, one image or more than groups of sums, filters larger than the image. */
const convolution = fc
  .record({
    images: fc.constantFrom(1, 2, 3, 19),
    height: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 9 }),
    channels: fc.constantFrom(1, 3, 4, 5, 8, 16, 17, 35),
    multiplier: fc.constantFrom(1, 1, 2, 3, 5),
    filterHeight: fc.integer({ min: 1, max: 5 }),
    filterWidth: fc.integer({ min: 1, max: 5 }),
    strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    pad: fc.constantFrom<Pad>('same', 'valid', 1, 2, [
      [0, 0],
      [2, 0],
      [0, 3],
      [0, 0],
    ]),
  })
  .map(
    ({ images, height, width, channels, multiplier, filterHeight, filterWidth, strides, pad }): Case => ({
      x: [images, height, width, channels],
      filter: [filterHeight, filterWidth, channels, multiplier],
      strides,
      pad,
    }),
  )
  .filter((each) => sizesOf(each).y.every((size) => size > 0));

let kernels: WasmKernels;

beforeAll(async () => {
  await setBackend('wasm');
  kernels = await registerWasmKernels();
});

afterAll(() => kernels.close());

describe('DepthwiseConv2dNativeBackpropInput and …BackpropFilter', () => {
  it('wasm ≈ their twin for any shape', async () => {
    await fc.assert(fc.asyncProperty(convolution, expectTwin), { numRuns: 150, seed: 12 });
  });

  it.each<Case>([
    { x: [2, 14, 14, 32], filter: [3, 3, 32, 1], strides: [1, 1], pad: 'same' },
    { x: [2, 15, 13, 33], filter: [3, 3, 33, 1], strides: [2, 2], pad: 'same' },
    { x: [1, 9, 40, 6], filter: [5, 3, 6, 4], strides: [1, 2], pad: 'valid' },
    { x: [3, 4, 5, 2], filter: [2, 2, 2, 33], strides: [2, 3], pad: 0 },
  ])('wasm ≈ their twin: $x by $filter, strides $strides, pad $pad', (each) => expectTwin(each));

  it('wasm ≈ cpu', async () => {
    const attrs = { strides: [2, 1], pad: 'same', dilations: [1, 1] };
    const inputs = { x: randomValues([3, 7, 6, 5], 1), filter: randomValues([3, 2, 5, 2], 2) };
    const dy = randomValues([3, 4, 6, 10], 3);
    for (const [kernel, given] of [
      ['DepthwiseConv2dNativeBackpropInput', { dy, filter: inputs.filter }],
      ['DepthwiseConv2dNativeBackpropFilter', { x: inputs.x, dy }],
    ] as const) {
      const all = { ...attrs, inputShape: inputs.x.shape, filterShape: inputs.filter.shape };
      const [actual] = await runOn('wasm', kernel, given, all);
      const [expected] = await runOn('cpu', kernel, given, all);
      expect(actual!.shape).toEqual(expected!.shape);
      // At most 3·4·6 products below 1.
      const bounds = { shape: actual!.shape, values: expected!.values.map(() => 72 * 74 * unitRoundoff) };
      expect(worstExcess(actual!, expected!, bounds)).toBeLessThanOrEqual(1);
    }
  });

  it('of nothing: the gradients are 0', async () => {
    const attrs = { strides: 1, pad: 'valid', dilations: 1 };
    const dy = { shape: [2, 0, 3, 5], values: new Float32Array(0) };
    const filter = randomValues([3, 3, 5, 1], 1);
    const x = randomValues([2, 2, 5, 5], 2);
    const [dx] = await runOn(
      'wasm',
      'DepthwiseConv2dNativeBackpropInput',
      { dy, filter },
      { ...attrs, inputShape: x.shape },
    );
    const [dFilter] = await runOn(
      'wasm',
      'DepthwiseConv2dNativeBackpropFilter',
      { x, dy },
      { ...attrs, filterShape: filter.shape },
    );
    expect(dx).toEqual({ shape: x.shape, values: new Float32Array(100) });
    expect(dFilter).toEqual({ shape: filter.shape, values: new Float32Array(45) });
  });

  it('of a dilated convolution: refused', async () => {
    const attrs = { strides: 1, pad: 'same', dilations: [2, 2], inputShape: [1, 5, 5, 2] };
    const inputs = { dy: randomValues([1, 5, 5, 2], 1), filter: randomValues([3, 3, 2, 1], 2) };
    await expect(runOn('wasm', 'DepthwiseConv2dNativeBackpropInput', inputs, attrs)).rejects.toThrow(
      'DepthwiseConv2dNativeBackpropInput: the inputs and attributes must be supported by the wasm backend',
    );
  });
});

function sizesOf({ x, filter, strides, pad }: Case): DepthwiseSizes {
  const conv = backend_util.computeConv2DInfo(x, filter, strides, 1, pad, undefined, true);
  return { x, filter, y: conv.outShape, strides, top: conv.padInfo.top, left: conv.padInfo.left };
}

/**
 * A float32 sum of n products, in any order and grouping, is off by at most (n + 1)·u·Σ|a·b| to first order; 1 % more for
 * the terms in u².
 */
async function expectTwin(each: Case): Promise<void> {
  const sizes = sizesOf(each);
  const attrs = { strides: each.strides, pad: each.pad, dilations: [1, 1] };
  const x = randomValues(sizes.x, 1);
  const filter = randomValues(sizes.filter, 2);
  const dy = randomValues(sizes.y, 3);
  const expected = depthwiseTwin(sizes, { x, filter, dy });
  const total = depthwiseTwin(sizes, { x: magnitudes(x), filter: magnitudes(filter), dy: magnitudes(dy) });
  const [images, outHeight, outWidth] = sizes.y as Shape4D;
  const [filterHeight, filterWidth, , multiplier] = each.filter;
  const check = (actual: Values | undefined, gradient: 'dx' | 'dFilter', shape: number[], terms: number) => {
    expect(actual!.shape).toEqual(shape);
    const bounds = total[gradient].map((sum) => 1.01 * (terms + 1) * unitRoundoff * sum);
    const twin = { shape, values: expected[gradient] };
    expect(worstExcess(actual!, twin, { shape, values: bounds })).toBeLessThanOrEqual(1);
  };
  const [dx] = await runOn(
    'wasm',
    'DepthwiseConv2dNativeBackpropInput',
    { dy, filter },
    { ...attrs, inputShape: each.x },
  );
  check(dx, 'dx', each.x, filterHeight * filterWidth * multiplier);
  const [dFilter] = await runOn(
    'wasm',
    'DepthwiseConv2dNativeBackpropFilter',
    { x, dy },
    { ...attrs, filterShape: each.filter },
  );
  check(dFilter, 'dFilter', each.filter, images * outHeight * outWidth);
}
