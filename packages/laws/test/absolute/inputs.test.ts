import { absoluteChecks } from '@normlab/laws/suite';
import type { LayerSpec } from '@normlab/models';
import { withBackend } from '@normlab/testing';
import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { dyadicValues } from '../../src/absolute/dyadicValues.js';
import { fineValues } from '../../src/absolute/fineValues.js';
import { stridedErrors } from '../../src/absolute/stridedErrors.js';
import type { Tracked } from '../../src/bounds/tracked.js';
import { exactly } from '../../src/bounds/tracked.js';
import { trackInputGradient, trackKernelGradient, trackLinear } from '../../src/bounds/trackLinear.js';
import { trackStandardize } from '../../src/bounds/trackStandardize.js';
import { trackStandardizeGradient } from '../../src/bounds/trackStandardizeGradient.js';
import { wasmConvolutions } from '../../src/suite/wasmConvolutions.js';
import { wasmStridedTiles } from '../../src/suite/wasmStridedTiles.js';
import { sizeOf, type Values } from '../../src/values.js';
import { sum } from '../bounds/offBy.js';

// What absolute checks are made with, and what they expect, beside their equations written naively.

const seen = vi.hoisted(() => ({
  expected: [] as Tracked[],
  tensors: [] as Values[],
  layers: [] as unknown[][],
  losses: [] as { logits: Tracked; labels: readonly number[] }[],
}));
vi.mock(import('../../src/absolute/against.js'), async (original) => {
  const { against, lossAgainst } = await original();
  return {
    against: (actual, expected, name) => {
      seen.expected.push(expected);
      return against(actual, expected, name);
    },
    lossAgainst,
  };
});
vi.mock(import('../../src/tensors/transfer.js'), async (original) => {
  const { toTensor, ...others } = await original();
  return {
    ...others,
    toTensor: (values) => {
      seen.tensors.push(values);
      return toTensor(values);
    },
  };
});
vi.mock(import('../../src/absolute/throughLayer.js'), async (original) => {
  const { throughLayer } = await original();
  return {
    throughLayer: (...given) => {
      seen.layers.push(given);
      return throughLayer(...given);
    },
  };
});
vi.mock(import('../../src/bounds/trackCrossEntropy.js'), async (original) => {
  const { trackCrossEntropy } = await original();
  return {
    trackCrossEntropy: (logits, labels, roundoff) => {
      seen.losses.push({ logits, labels });
      return trackCrossEntropy(logits, labels, roundoff);
    },
  };
});
// As on a backend whose convolutions use tiles.
vi.mock(import('../../src/suite/activePrecision.js'), () => ({
  activePrecision: () => ({ tiledConvolutions: wasmConvolutions }),
  activeStridedTiles: () => wasmStridedTiles,
}));

const u = 2 ** -24;
const gamma = (n: number) => (n * u) / (1 - n * u);
const measure = async (id: string) => {
  for (const each of Object.values(seen)) each.length = 0;
  const before = memory().numTensors;
  const { error, bound } = await absoluteChecks.find((each) => each.id === id)!.measure();
  expect(error).toBeLessThanOrEqual(bound);
  expect(memory().numTensors).toBe(before);
};
const steps = (n: number) => Array.from({ length: n }, (_, i) => i);
const largest = (values: readonly number[]) => Math.max(...values.map(Math.abs));

function expectClose(actual: ArrayLike<number>, expected: readonly number[], unit: number) {
  expect(actual.length).toBe(expected.length);
  expect(largest(expected.map((each, i) => actual[i]! - each))).toBeLessThanOrEqual(1e-12 * unit);
}

/** Values, errors and size. */
function expectTracked(
  actual: Tracked,
  value: readonly number[],
  error: readonly number[],
  size = actual.size,
) {
  expect(sizeOf(actual.shape)).toBe(value.length);
  expectClose(actual.value, value, actual.size);
  expectClose(actual.error, error, largest(error));
  expect(Math.abs(actual.size / size - 1)).toBeLessThan(1e-12);
}

/** The indices [n, h, w, c] of the i-th value, and back. */
const placeOf = (i: number, [, h, w, c]: readonly number[]) =>
  [Math.floor(i / (h! * w! * c!)), Math.floor(i / (w! * c!)) % h!, Math.floor(i / c!) % w!, i % c!] as const;
const indexOf = (n: number, h: number, w: number, c: number, shape: readonly number[]) =>
  ((n * shape[1]! + h) * shape[2]! + w) * shape[3]! + c;

describe('the inputs of absolute checks, and what they expect', () => {
  withBackend('cpu');

  it('absolute-loss: batches of 32 rows: every difference with both orders and labels, the smallest, and ten classes', async () => {
    await measure('absolute-loss');
    const batches = seen.losses.map(({ logits }) => logits.shape);
    expect(batches).toEqual([
      ...new Array(32).fill([32, 2]),
      ...[
        [32, 2],
        [18, 2],
      ],
      ...new Array(4).fill([32, 10]),
    ]);
    const rows = seen.losses.flatMap(({ logits: { value, shape }, labels }) => {
      expect(labels.length).toBe(shape[0]);
      return labels.map((label, n) => ({
        logits: Array.from(value.subarray(n * shape[1]!, (n + 1) * shape[1]!)),
        label,
      }));
    });
    const pairs = rows.slice(0, 1024);
    const centres = dyadicValues(1)(1024).data;
    pairs.forEach(({ logits }, i) => {
      expect(Math.max(...logits)).toBe(centres[i]);
      expect(Math.max(...logits) - Math.min(...logits)).toBe(i / 64);
    });
    const kinds = pairs.slice(4).map(({ logits, label }) => `${logits[0]! > logits[1]!} ${label}`);
    for (const kind of ['true 0', 'true 1', 'false 0', 'false 1'])
      expect(kinds.filter((each) => each === kind).length).toBe(255);

    const small = rows.slice(1024, 1074);
    const differences = [0.002, ...steps(24).map((i) => 2 ** -i)];
    expect(small).toEqual(
      differences.flatMap((d) => [0, 1].map((label) => ({ logits: [0, -Math.fround(d)], label }))),
    );

    const wide = rows.slice(1074);
    const drawn = dyadicValues(2)(1280).data;
    expect(wide.flatMap(({ logits }) => logits)).toEqual(Array.from(drawn, (each) => 4 * each));
    for (const k of steps(10)) expect(wide.filter(({ label }) => label === k).length).toBeGreaterThan(11);
  });

  it('absolute-prelu: values of both signs but never 0, and γ of the number of values for a slope', async () => {
    await measure('absolute-prelu');
    expect(seen.layers.length).toBe(2);
    for (const [i, [layer, x, params, dy]] of (
      seen.layers as [LayerSpec, Values, Record<string, Values>, Values][]
    ).entries()) {
      expect(layer).toMatchObject({ type: 'activation', kind: 'prelu' });
      const c = x.shape[3]!;
      const draw = dyadicValues(c);
      expect([...x.data]).toEqual(Array.from(draw(...x.shape).data, (each) => each + 1 / 128));
      expect(dy).toEqual(draw(...x.shape));
      expect(params).toEqual({ slope: draw(c) });
      const slopes = params.slope!.data;
      const factors = Array.from(x.data, (each, at) => (each > 0 ? 1 : slopes[at % c]!));
      const terms = Array.from(x.data, (each, at) => (each > 0 ? 0 : each * dy.data[at]!));
      const ofChannel = steps(c).map((k) => terms.filter((_, at) => at % c === k));
      const reach = ofChannel.map((each) => sum(each.map(Math.abs)));
      const [y, dx, dSlope] = seen.expected.slice(3 * i) as [Tracked, Tracked, Tracked];
      const products = (of: Values) => factors.map((each, at) => each * of.data[at]!);
      const rounded = (of: readonly number[]) => of.map((each) => Math.abs(each) * u);
      expectTracked(y, products(x), rounded(products(x)), largest(products(x)));
      expectTracked(dx, products(dy), rounded(products(dy)), largest(products(dy)));
      expectTracked(
        dSlope,
        ofChannel.map(sum),
        reach.map((each) => gamma(x.data.length / c) * each),
        Math.max(...reach),
      );
    }
  });

  it('absolute-pool: different values, a quarter of them positive, and the errors of the sums over each window', async () => {
    await measure('absolute-pool');
    expect(seen.layers.length).toBe(10);
    type Pool = Extract<LayerSpec, { type: 'pool' }>;
    for (const [i, [layer, x, params, dy]] of (
      seen.layers as [Pool, Values, Record<string, Values>, Values][]
    ).entries()) {
      expect([layer.type, layer.kind, params]).toEqual(['pool', i % 2 === 0 ? 'max' : 'average', {}]);
      const n = x.data.length;
      expect(new Set(x.data).size).toBe(n);
      expect([Math.min(...x.data), Math.max(...x.data)]).toEqual(
        [-0.75 * n, 0.25 * n - 1].map((each) => each / 64),
      );
      const neighbours = steps(n - 1).filter((at) => x.data[at + 1]! - x.data[at]! === 1 / 64);
      expect(neighbours.length).toBeLessThan(n / 2);
      expect(dy).toEqual(dyadicValues(n)(...dy.shape));

      const { size, stride, padding } = layer;
      const isMax = layer.kind === 'max';
      const before = [1, 2].map((axis) =>
        padding === 'same'
          ? Math.floor(Math.max(0, (dy.shape[axis]! - 1) * stride + size - x.shape[axis]!) / 2)
          : 0,
      );
      const [y, reach] = [new Array(dy.data.length).fill(0), new Array(dy.data.length).fill(0)];
      const [dx, spread] = [new Array(n).fill(0), new Array(n).fill(0)];
      for (const [at, slope] of dy.data.entries()) {
        const [image, row, column, c] = placeOf(at, dy.shape);
        const window = steps(size).flatMap((r) =>
          steps(size).flatMap((s) => {
            const [h, w] = [row * stride - before[0]! + r, column * stride - before[1]! + s];
            const isReal = h >= 0 && h < x.shape[1]! && w >= 0 && w < x.shape[2]!;
            return isReal ? [indexOf(image, h, w, c, x.shape)] : [];
          }),
        );
        const most = Math.max(...window.map((each) => x.data[each]!));
        const chosen = isMax ? window.filter((each) => x.data[each] === most) : window;
        for (const each of chosen) {
          y[at] += x.data[each]! / chosen.length;
          reach[at] += Math.abs(x.data[each]!) / chosen.length;
          dx[each] += slope / chosen.length;
          spread[each] += Math.abs(slope) / chosen.length;
        }
      }
      // Five roundings of a division, two more of the ratio.
      const mean = size ** 2 - 1 + 5 + 2;
      const windows = Math.ceil(size / stride) ** 2;
      const [expectedY, expectedDx] = seen.expected.slice(2 * i) as [Tracked, Tracked];
      expectTracked(
        expectedY,
        y,
        reach.map((each) => (isMax ? 0 : gamma(mean) * each)),
        Math.max(...reach),
      );
      expectTracked(
        expectedDx,
        dx,
        spread.map((each) => gamma(isMax ? windows : windows - 1 + 5 + 2) * each),
        Math.max(...spread),
      );
    }
  });

  it('absolute-convolution: fine values, and direct sums, or those of tiles where the backend has them', async () => {
    await measure('absolute-convolution');
    const options = [
      ...new Array(3).fill([1, 'same']),
      ...new Array(3).fill([2, 'same']),
      ...[
        [1, 'valid'],
        [2, 'valid'],
        [1, 'same'],
      ],
    ] as [number, string][];
    expect(seen.expected.length).toBe(3 * options.length);
    let wider = 0;
    for (const [i, [stride, padding]] of options.entries()) {
      const [x, w, dy] = seen.tensors.slice(3 * i) as [Values, Values, Values];
      const [y, dx, dw] = seen.expected.slice(3 * i) as [Tracked, Tracked, Tracked];
      expect(y.shape).toEqual(dy.shape);
      const draw = fineValues(x.data.length + stride);
      expect([x, w, dy]).toEqual([draw(...x.shape), draw(...w.shape), draw(...dy.shape)]);
      const taps = w.shape[0]!;
      const before = [1, 2].map((axis) =>
        padding === 'valid'
          ? 0
          : Math.floor(Math.max(0, (dy.shape[axis]! - 1) * stride + taps - x.shape[axis]!) / 2),
      );
      const [values, slopes, sums] = [dy, x, w].map(({ data }) => new Array(data.length).fill(0));
      const whole = [...x.shape.slice(0, 3), w.shape[3]!];
      const places: number[] = [];
      const terms = steps(taps ** 2 * x.shape[3]!).map(
        (i) =>
          [Math.floor(i / x.shape[3]! / taps), Math.floor(i / x.shape[3]!) % taps, i % x.shape[3]!] as const,
      );
      for (const [at, slope] of dy.data.entries()) {
        const [n, row, column, c] = placeOf(at, dy.shape);
        const [top, left] = [row * stride - before[0]!, column * stride - before[1]!];
        places.push(indexOf(n, top + (taps - 1) / 2, left + (taps - 1) / 2, c, whole));
        for (const [r, s, d] of terms) {
          const [h, v, tap] = [top + r, left + s, indexOf(r, s, d, c, w.shape)];
          if (h < 0 || h >= x.shape[1]! || v < 0 || v >= x.shape[2]!) continue;
          const pixel = indexOf(n, h, v, d, x.shape);
          values![at] += x.data[pixel]! * w.data[tap]!;
          slopes![pixel] += slope * w.data[tap]!;
          sums![tap] += slope * x.data[pixel]!;
        }
      }
      const precision = { tiledConvolutions: stride === 1 ? wasmConvolutions : [] };
      const spread = { data: new Float64Array(sizeOf(whole)), shape: whole };
      places.forEach((place, at) => {
        spread.data[place] = dy.data[at]!;
      });
      const same = trackLinear(exactly(x), exactly(w), precision);
      const input = trackInputGradient(exactly(w), exactly(spread), x.shape, precision);
      const filter = trackKernelGradient(exactly(x), exactly(spread), w.shape, precision);
      const hasTiles = stride === 2 && x.shape[3]! % 4 === 0 && w.shape[3]! % 4 === 0;
      const tiles = hasTiles
        ? stridedErrors(x, w, dy, before as [number, number], wasmStridedTiles)
        : { y: [], dx: [], dw: [] };
      const larger = (errors: ArrayLike<number>, byTiles: ArrayLike<number>) =>
        Array.from(errors, (each, at) => Math.max(each, byTiles[at] ?? 0));
      const ofPlaces = places.map((place) => same.error[place]!);
      expectTracked(y, values!, larger(ofPlaces, tiles.y), same.size);
      expectTracked(dx, slopes!, larger(input.error, tiles.dx), input.size);
      expectTracked(dw, sums!, larger(filter.error, tiles.dw), filter.size);
      const direct = trackLinear(exactly(x), exactly(w), {});
      if (y.error.some((each, at) => each > 1.01 * direct.error[places[at]!]!)) wider++;
    }
    // Tiles need a 3×3 filter and channels that are multiples of four.
    expect(wider).toBe(4);
  });

  it('absolute-standardize: each slice by itself, with values around the mean of the case', async () => {
    await measure('absolute-standardize');
    const cases = [
      { kept: [3], mean: 0, epsilon: 1e-3 },
      { kept: [3], mean: 100, epsilon: 1 / 64 },
      { kept: [1], mean: 0, epsilon: 1e-5 },
      { kept: [1], mean: -3, epsilon: 1e-5 },
      { kept: [0, 3], mean: 0, epsilon: 1e-3 },
      { kept: [0], mean: 0, epsilon: 1e-3 },
    ];
    for (const [i, { kept, mean, epsilon }] of cases.entries()) {
      const [x, dy, again] = seen.tensors.slice(3 * i) as [Values, Values, Values];
      const draw = dyadicValues(x.data.length);
      expect([...x.data]).toEqual(Array.from(draw(...x.shape).data, (each) => each + mean));
      expect([dy, again]).toEqual([draw(...x.shape), x]);
      const [y, means, variances, dx] = seen.expected.slice(4 * i) as [Tracked, Tracked, Tracked, Tracked];
      const slices = new Map<string, number[]>();
      for (const at of x.data.keys()) {
        const index = x.shape.map(
          (length, axis) => Math.floor(at / sizeOf(x.shape.slice(axis + 1))) % length,
        );
        const slice = kept.map((axis) => index[axis]).join();
        slices.set(slice, [...(slices.get(slice) ?? []), at]);
      }
      expect(means.value.length).toBe(slices.size);
      for (const [k, places] of [...slices.values()].entries()) {
        const of = (from: ArrayLike<number>) => ({
          data: Float64Array.from(places, (at) => from[at]!),
          shape: [places.length, 1],
        });
        const norm = trackStandardize(exactly(of(x.data)), epsilon, u);
        const slope = trackStandardizeGradient(exactly(of(dy.data)), norm, u);
        const column = (from: ArrayLike<number>) =>
          steps(places.length).map((row) => from[row * slices.size + k]!);
        expectClose(column(y.value), [...norm.y.value], y.size);
        expectClose(column(dx.value), [...slope.value], dx.size);
        expectClose([means.value[k]!], [...norm.mean.value], means.size);
        expectClose([variances.value[k]!], [...norm.variance.value], variances.size);
        expectClose(column(y.error), [...norm.y.error], largest([...norm.y.error]));
        expectClose(column(dx.error), [...slope.error], largest([...slope.error]));
        expectClose([means.error[k]!], [...norm.mean.error], norm.mean.error[0]!);
      }
    }
  });

  it('absolute-batch-norm: running variances from 0 to 4, and both operations on the same values', async () => {
    await measure('absolute-batch-norm');
    // Per run: running mean and variance, then x, scale and offset, and the cotangent of the output.
    expect(seen.tensors.length).toBe(6 * 6);
    for (const i of steps(6)) {
      const [mean, variance, x, scale, offset, dy] = seen.tensors.slice(6 * i) as [
        Values,
        ...Values[],
      ] as Values[];
      const draw = dyadicValues(x!.shape.length + scale!.data.length);
      const c = x!.shape.at(-1)!;
      expect([x, dy, scale, offset, mean]).toEqual([
        draw(...x!.shape),
        draw(...x!.shape),
        draw(c),
        draw(c),
        draw(c),
      ]);
      expect([...variance!.data]).toEqual(Array.from(draw(c).data, (each) => 2 + each));
      const [y] = seen.expected.slice(6 * i) as [Tracked];
      expect(y.value.some((each) => each < 0)).toBe(i % 2 === 0);
    }
  });

  it('absolute-head: images, weights and biases that differ, and all classes', async () => {
    await measure('absolute-head');
    const draw = dyadicValues(5);
    draw(32, 3, 3, 8);
    expect(seen.tensors).toEqual([draw(8, 10), draw(10)]);
    const { labels } = seen.losses[0]!;
    for (const k of steps(10)) expect(labels.filter((each) => each === k).length).toBeGreaterThan(2);
  });
});

it('dyadic values are the high bytes of the generator, whose first numbers from 0 are in Numerical Recipes', () => {
  const numbers = [0x3c6ef35f, 0x47502932, 0xd1ccf6e9, 0xaaf95334, 0x6252e503];
  const { data, shape } = dyadicValues(0)(5);
  expect([...data]).toEqual(numbers.map((each) => (Math.floor(each / 2 ** 24) - 128) / 64));
  expect(shape).toEqual([5]);
});

it('fine values are the upper 24 bits of the generator, exact in float32 and in no shorter format', () => {
  const numbers = [0x3c6ef35f, 0x47502932, 0xd1ccf6e9, 0xaaf95334, 0x6252e503];
  const { data, shape } = fineValues(0)(5);
  expect([...data]).toEqual(numbers.map((each) => Math.floor(each / 2 ** 8) / 2 ** 22 - 2));
  expect(shape).toEqual([5]);
  const isShort = (each: number) => Number.isInteger(each * 2 ** 11);
  expect([...fineValues(1)(100).data].filter(isShort)).toEqual([]);
});
