import { arbitraries, type Values } from '@normlab/laws';
import { normlabSubject } from '@normlab/laws/suite';
import { withBackend } from '@normlab/testing';
import { fastestWinogradVariant, winogradVariants } from '@normlab/wasm-kernels';
import { backend_util, conv2d, grads, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stridedErrors } from '../src/absolute/stridedErrors.js';
import { gamma } from '../src/bounds/roundoff.js';
import { exactly, type Tracked } from '../src/bounds/tracked.js';
import { trackInputGradient, trackKernelGradient, trackLinear } from '../src/bounds/trackLinear.js';
import { normalValues } from '../src/samples/batchSample.js';
import { wasmConvolutions } from '../src/suite/wasmConvolutions.js';
import { wasmStridedTiles } from '../src/suite/wasmStridedTiles.js';
import { readBack, toTensor } from '../src/tensors/transfer.js';

type Geometry = { batch: number; size: number; kernelSize: number; inputs: number; outputs: number };

describe.each([
  { name: 'F(4×4, 3×3)', way: wasmConvolutions[0], points: [0, 1, -1, 1 / 2, -2] },
  { name: 'F(6×6, 3×3)', way: wasmConvolutions[1], points: [0, 1, -1, 2, -2, 1 / 2, -1 / 2] },
  { name: 'F(4×4, 5×5)', way: wasmConvolutions[2], points: [0, 1, -1, 2, -2, 1 / 2, -1 / 2] },
])('the transforms of $name', ({ way, points }) => {
  const others = (point: number) => points.filter((each) => each !== point);

  it('G and Aᵀ are powers of the points, G over Π(a − other points)', () => {
    const last = points.length;
    for (const [row, point] of points.entries()) {
      const scale = others(point).reduce((product, other) => product * (point - other), 1);
      way.kernel[row]!.forEach((each, power) => {
        expect(each).toBeCloseTo(Math.abs(point ** power / scale), 14);
      });
      way.output.forEach((powers, power) => {
        expect(powers[row]).toBe(Math.abs(point ** power));
      });
    }
    for (const line of [way.kernel[last]!, way.output.map((row) => row[last])]) {
      expect(line).toEqual(line.map((_, i) => (i === line.length - 1 ? 1 : 0)));
    }
    expect(way.output.length + way.kernel[0]!.length - 1).toBe(way.input.length);
  });

  it('Bᵀ has at least the coefficients of Π(x − other points), and of all points at ∞', () => {
    for (const [row, roots] of [...points.map(others), points].entries()) {
      let coefficients = [1];
      for (const root of roots) {
        const times = coefficients;
        coefficients = [...times, 0].map((_, i) => (times[i - 1] ?? 0) - root * (times[i] ?? 0));
      }
      coefficients.forEach((each, power) => {
        expect(way.input[row]![power]).toBeGreaterThanOrEqual(Math.abs(each));
      });
    }
  });
});

it('small tiles need channels in multiples of four, large ones sixteen of both at least', () => {
  const covered = (inputs: number, outputs: number) =>
    wasmConvolutions.map(({ covers, kernel }) =>
      covers([kernel[0]!.length, kernel[0]!.length, inputs, outputs]),
    );
  expect([covered(4, 8), covered(8, 4), covered(12, 16), covered(16, 12)]).toEqual(
    new Array(4).fill([true, false, false]),
  );
  expect([covered(16, 16), covered(20, 16), covered(16, 32)]).toEqual(new Array(3).fill([true, true, true]));
  for (const [inputs, outputs] of [
    [3, 4],
    [4, 6],
    [18, 16],
    [16, 18],
  ] as const)
    expect(covered(inputs, outputs)).toEqual([false, false, false]);
});

const magnitudes = (rows: readonly (readonly number[])[]) => rows.map((row) => row.map(Math.abs));

it('the magnitudes are those of the kernels’ matrices', () => {
  const variants = winogradVariants.filter(({ stride }) => stride === 1);
  expect(wasmConvolutions.length).toBe(variants.length);
  for (const [i, way] of wasmConvolutions.entries()) {
    const { filter, forward } = variants[i]!;
    expect(way.input).toEqual(forward.inputTerms);
    expect(way.kernel).toEqual(magnitudes(filter));
    expect(way.output).toEqual(magnitudes(forward.output));
  }
});

it('with stride 2: magnitudes, steps and roundings are those of the kernels, in both directions', () => {
  const [strided, ...others] = winogradVariants.filter(({ stride }) => stride === 2);
  expect(others).toEqual([]);
  for (const direction of ['forward', 'backward'] as const) {
    const [form, way] = [strided![direction], wasmStridedTiles[direction]];
    expect(way.input).toEqual(form.inputTerms);
    expect(way.kernel).toEqual(magnitudes(strided!.filter));
    expect(way.output).toEqual(magnitudes(form.output));
    expect(form.inputStep).toBe(direction === 'forward' ? 2 * way.output.length : way.output.length / 2);
    // Those of the transforms, and the product.
    expect(way.roundings).toBe(strided!.roundings + 1);
  }
  // Products per axis that share a point: 7 in 4 places, at most two in one.
  const sharing = strided!.forward.input.length - strided!.forward.outputPoints;
  expect(sharing).toBeLessThan(strided!.forward.outputPoints);
  expect(wasmStridedTiles.productsPerChannel).toBe(2 ** 2);
  const covered = (inputs: number, outputs: number) => wasmStridedTiles.covers([3, 3, inputs, outputs]);
  expect([covered(4, 8), covered(8, 4), covered(3, 4), covered(4, 6)]).toEqual([true, true, false, false]);
  expect(strided!.leastChannels).toBe(4);
});

describe('on wasm', () => {
  withBackend('wasm');

  const drawn = fc.sample(arbitraries.layer(), { numRuns: 300, seed: 1 });
  const tiled = drawn.filter(({ kind, ...geometry }) => kind === 'conv' && goesByTiles(geometry));

  it('some of the layers, and of the networks that are compared bit for bit, use large tiles', () => {
    const isDeep = (channels: number) => channels >= 16;
    const deep = tiled.filter(({ inputs }) => isDeep(inputs));
    expect(deep.filter(({ kernelSize }) => kernelSize === 3).length).toBeGreaterThan(5);
    expect(deep.filter(({ kernelSize }) => kernelSize === 5).length).toBeGreaterThan(5);
    const networks = fc.sample(arbitraries.scaledNetwork(), { numRuns: 300, seed: 1 });
    expect(networks.filter(({ network }) => isDeep(network.input[2])).length).toBeGreaterThan(5);
  });

  it('enough of the layers, and of the networks, have convolutions that use tiles', () => {
    expect(tiled.length / drawn.length).toBeGreaterThan(0.2);
    for (const kind of ['network', 'scaledNetwork'] as const) {
      const networks = fc.sample(arbitraries[kind](), { numRuns: 300, seed: 1 });
      const wideOnes = networks.filter(({ network: { input, channels } }) =>
        goesByTiles({ size: input[0], kernelSize: 3, inputs: input[2], outputs: channels[0]! }),
      );
      expect(wideOnes.length / networks.length).toBeGreaterThan(0.12);
    }
  });

  it.each(distinct(tiled))(
    '$batch images of $size×$size, kernels of $kernelSize, $inputs to $outputs channels: distant pixels of a tile cause larger errors than direct sums, within the bound',
    async (geometry) => {
      const { actual, bound } = await convolved(geometry);
      for (const name of ['forward', 'backInput', 'backKernel'] as const) {
        const off = worstExcess(actual[name], bound(normlabSubject)[name]);
        expect(off, name).toBeLessThanOrEqual(1);
        expect(worstExcess(actual[name], bound({})[name]), `${name}, as direct sums`).toBeGreaterThan(1);
        // The worst case of hundreds of roundings does not occur, but the bound is not much too large either.
        expect(off, name).toBeGreaterThan(1e-4);
      }
    },
  );

  it.each([
    { input: [1, 12, 12, 16], outputs: 16, before: [0, 0] },
    { input: [2, 12, 12, 16], outputs: 20, before: [0, 0] },
    { input: [1, 11, 11, 16], outputs: 16, before: [1, 1] },
    { input: [2, 12, 11, 16], outputs: 16, before: [0, 1] },
  ] as const)(
    'with stride 2, $input to $outputs channels: distant pixels of a tile cause larger errors than direct sums, within the bound',
    async ({ input, outputs, before }) => {
      const kernel = normalValues([3, 3, input[3], outputs], 1, 'kernel');
      const conv = backend_util.computeConv2DInfo([...input], kernel.shape as never, 2, 1, 'same');
      for (const way of ['forward', 'backward'] as const)
        expect(fastestWinogradVariant(conv, way)?.stride).toBe(2);
      // A tile's fifth pixel along an axis is not in the window of its first result, but shares points with it.
      const large = before.map((each) => 4 - each);
      const u = loud(normalValues([...input], 1, 'u'), large);
      const dy = loud(normalValues(conv.outShape, 1, 'dy'));
      const seesLarge = (i: number) =>
        pixelOf(i, dy.shape).every((at, axis) => Math.abs(2 * at - before[axis]! + 1 - large[axis]!) <= 1);
      // In the sums over pixels, the large pixel is multiplied only by zeros.
      const deaf = { ...dy, data: dy.data.map((each, i) => (seesLarge(i) ? 0 : each)) };
      const actual = await readBack(() => {
        const f = (x: Tensor, w: Tensor) => conv2d(x as Tensor4D, w as Tensor4D, 2, 'same');
        const [x, w] = [toTensor(u), toTensor(kernel)];
        const [dx, dw] = [grads(f)([x, w], toTensor(dy))[0]!, grads(f)([x, w], toTensor(deaf))[1]!];
        return { y: f(x, w), dx, dw };
      });
      const bound = { ...stridedErrors(u, kernel, dy, before, wasmStridedTiles) };
      bound.dw = stridedErrors(u, kernel, deaf, before, wasmStridedTiles).dw;
      const exact = directSums(u, kernel, dy, deaf, before);
      for (const name of ['y', 'dx', 'dw'] as const) {
        const { value, magnitude, terms } = exact[name];
        const as = (error: Float64Array): Tracked => ({ shape: [], value, error, size: 1 });
        const off = worstExcess(actual[name], as(bound[name]));
        expect(off, name).toBeLessThanOrEqual(1);
        const direct = magnitude.map((each) => gamma(terms, 2 ** -24) * each);
        expect(worstExcess(actual[name], as(direct)), `${name}, as direct sums`).toBeGreaterThan(1);
        expect(off, name).toBeGreaterThan(1e-4);
      }
    },
  );

  it('narrow convolutions are direct sums, within their bounds', async () => {
    for (const [size, inputs, outputs, kernelSize] of [
      [4, 3, 4, 3],
      [6, 4, 4, 3],
      [4, 4, 2, 3],
      [2, 4, 4, 3],
      [5, 4, 4, 3],
      [8, 12, 16, 5],
    ] as const) {
      const { actual, bound } = await convolved({ batch: 2, size, kernelSize, inputs, outputs });
      for (const name of ['forward', 'backInput', 'backKernel'] as const) {
        expect(worstExcess(actual[name], bound({})[name]), `${name} ${size}`).toBeLessThanOrEqual(1);
      }
    }
  });
});

/** Whether the kernels use tiles: not where most of a tile would be unused. */
function goesByTiles({ size, kernelSize, inputs, outputs }: Omit<Geometry, 'batch'>): boolean {
  const [shape, filter] = [
    [1, size, size, inputs],
    [kernelSize, kernelSize, inputs, outputs],
  ] as [[number, number, number, number], [number, number, number, number]];
  const info = backend_util.computeConv2DInfo(shape, filter, 1, 1, 'same');
  return (['forward', 'backward'] as const).every((way) => fastestWinogradVariant(info, way) !== undefined);
}

/** A SAME convolution with its gradients; its first pixel is 2²⁰ times as large as the others. */
async function convolved({ batch, size, kernelSize, inputs, outputs }: Geometry) {
  const u = loud(normalValues([batch, size, size, inputs], 1, 'u'));
  const kernel = normalValues([kernelSize, kernelSize, inputs, outputs], 1, 'kernel');
  const dz = loud(normalValues([batch, size, size, outputs], 1, 'dz'));
  // In the sums over pixels, the large pixel is multiplied only by zeros.
  const deaf = { ...dz, data: dz.data.map((each, i) => (isNear(i, dz.shape, kernelSize) ? 0 : each)) };
  const actual = await readBack(() => {
    const f = (x: Tensor, w: Tensor) => conv2d(x as Tensor4D, w as Tensor4D, 1, 'same');
    const [x, w] = [toTensor(u), toTensor(kernel)];
    return {
      forward: f(x, w),
      backInput: grads(f)([x, w], toTensor(dz))[0]!,
      backKernel: grads(f)([x, w], toTensor(deaf))[1]!,
    };
  });
  const bound = (precision: Parameters<typeof trackLinear>[2]) => ({
    forward: trackLinear(exactly(u), exactly(kernel), precision),
    backInput: trackInputGradient(exactly(kernel), exactly(dz), u.shape, precision),
    backKernel: trackKernelGradient(exactly(u), exactly(deaf), kernel.shape, precision),
  });
  return { actual, bound };
}

/** A convolution with stride 2 and its gradients in float64, with the sums of magnitudes and the most terms of a sum. */
function directSums(u: Values, kernel: Values, dy: Values, deaf: Values, before: readonly [number, number]) {
  const [, height, width, inputs] = u.shape as [number, number, number, number];
  const [, rows, columns, outputs] = dy.shape as [number, number, number, number];
  const sums = (length: number, terms: number) => ({
    ...{ value: new Float64Array(length), magnitude: new Float64Array(length) },
    terms,
  });
  const [y, dx, dw] = [
    sums(dy.data.length, 9 * inputs),
    sums(u.data.length, 9 * outputs),
    sums(kernel.data.length, dy.data.length / outputs),
  ];
  const add = (to: typeof y, at: number, product: number) => {
    to.value[at]! += product;
    to.magnitude[at]! += Math.abs(product);
  };
  for (const result of dy.data.keys()) {
    const n = Math.floor(result / (rows * columns * outputs));
    const [row, column] = pixelOf(result, dy.shape);
    for (let tap = 0; tap < 9 * inputs; tap++) {
      const h = 2 * row - before[0] + Math.floor(tap / (3 * inputs));
      const v = 2 * column - before[1] + (Math.floor(tap / inputs) % 3);
      if (h < 0 || h >= height || v < 0 || v >= width) continue;
      const pixel = ((n * height + h) * width + v) * inputs + (tap % inputs);
      const weight = tap * outputs + (result % outputs);
      add(y, result, u.data[pixel]! * kernel.data[weight]!);
      add(dx, pixel, dy.data[result]! * kernel.data[weight]!);
      add(dw, weight, deaf.data[result]! * u.data[pixel]!);
    }
  }
  return { y, dx, dw };
}

/** One pixel, by default the first, 2²⁰ times as large. */
function loud({ data, shape }: Values, large: readonly number[] = [0, 0]): Values {
  return {
    data: data.map((each, i) =>
      pixelOf(i, shape).every((at, axis) => at === large[axis]) ? each * 2 ** 20 : each,
    ),
    shape,
  };
}

/** Whether the window around this pixel contains the first pixel. */
function isNear(i: number, shape: readonly number[], kernelSize: number): boolean {
  return pixelOf(i, shape).every((at) => at <= (kernelSize - 1) / 2);
}

/** Row and column. */
function pixelOf(i: number, [, height, width, channels]: readonly number[]): [number, number] {
  return [Math.floor(i / (width! * channels!)) % height!, Math.floor(i / channels!) % width!];
}

function worstExcess({ data }: Values, { value, error }: Tracked): number {
  return value.reduce((most, each, i) => {
    const off = Math.abs(data[i]! - each);
    return Math.max(most, off === 0 ? 0 : off / error[i]!);
  }, 0);
}

function distinct(samples: readonly Geometry[]): Geometry[] {
  const found = new Map<string, Geometry>();
  for (const { batch, size, kernelSize, inputs, outputs } of samples) {
    const geometry = { batch, size, kernelSize, inputs, outputs };
    found.set(Object.values(geometry).join(), geometry);
  }
  return [...found.values()];
}
